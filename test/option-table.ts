import { readFileSync } from "node:fs";

/** As much of JSON Schema as option schemas use. */
interface OptionSchema {
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly OptionSchema[];
  readonly default?: unknown;
}

/** Each option of a schema with its default in JSON, or `needed`. Alternatives are named by what is inside of them. */
export function optionsOf(schema: object): Readonly<Record<string, string>> {
  const { properties = {}, required = [] }: OptionSchema = schema;
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, option]): [string, string][] => {
      if (option.anyOf)
        return option.anyOf.flatMap((one) =>
          Object.entries(optionsOf(one)).map(([inner, value]): [string, string] => [
            `${name}.${inner}`,
            value,
          ]),
        );
      const fallback = option.default === undefined ? undefined : JSON.stringify(option.default);
      return [[name, fallback ?? (required.includes(name) ? "needed" : "")]];
    }),
  );
}

/**
 * The options that the table of a README names, with what stands in its column of defaults; `section`: of the text
 * under that heading alone, or, as an empty text, before the first one.
 */
export function optionTable(readme: URL, section?: string): Readonly<Record<string, string>> {
  const text = readFileSync(readme, "utf8");
  const part = text.split(/^## /m).find((one, at) => (section ? one.startsWith(`${section}\n`) : at === 0));
  const rows = (section === undefined ? text : (part ?? "")).matchAll(/^\| `([^`]+)` +\| *([^|]*?) *\|/gm);
  return Object.fromEntries([...rows].map(([, name, value]) => [name!, value!.replaceAll("`", "")]));
}
