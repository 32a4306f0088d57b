import type { ExtensionDescription } from "@cassandra-rekey/engine";
import { kindWord } from "../json/extensions-json.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";

/** The few keywords of JSON Schema that are shown of an option. */
interface OptionSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: OptionSchema;
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly OptionSchema[];
}

/** One extension: where it is from, its options with what each means, and how a configuration uses it. */
export function extensionText(shown: ExtensionDescription, style: Style): readonly string[] {
  const options = optionLines(shown.options as OptionSchema, style, "  ");
  return [
    `${style("bold", shown.name)}: ${kindWord(shown.kind)} of ${shown.package} ${oneLine(shown.version)}, from ${oneLine(shown.origin)}`,
    "",
    style("bold", "Options"),
    ...(options.length > 0 ? options : ["  none"]),
    "",
    style("bold", "Example"),
    ...shown.exampleText
      .trimEnd()
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}

function optionLines(
  { properties = {}, required = [] }: OptionSchema,
  style: Style,
  indent: string,
): string[] {
  return Object.entries(properties).flatMap(([name, option]) => {
    const facts = [
      typeOf(option),
      ...(required.includes(name) ? ["needed"] : []),
      ...(option.default === undefined ? [] : [`default ${JSON.stringify(option.default)}`]),
    ];
    const below = option.properties ? option : option.items?.properties ? option.items : undefined;
    return [
      `${indent}${style("bold", oneLine(name))}  ${style("dim", oneLine(facts.join(", ")))}`,
      ...(option.description === undefined ? [] : [`${indent}    ${oneLine(option.description)}`]),
      ...(below ? optionLines(below, style, `${indent}    `) : []),
    ];
  });
}

function typeOf({ type, anyOf, enum: values, items, properties }: OptionSchema): string {
  if (values) return values.map(String).join(" | ");
  if (anyOf) return anyOf.map(typeOf).join(" or ");
  switch (type) {
    case "object": {
      const [only, ...more] = Object.keys(properties ?? {});
      return only !== undefined && more.length === 0 ? `{ ${only}: … }` : "group";
    }
    case "array":
      return `list of ${items ? typeOf(items) : "values"}`;
    case "boolean":
      return "true | false";
    case "integer":
      return "whole number";
    case "number":
      return "number";
    default:
      return "text";
  }
}
