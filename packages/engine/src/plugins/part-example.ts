import type { PartKind } from "./part-kind.ts";

/** The few keywords of JSON Schema that an example is made from. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema | true>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
}

/** What a text option is called says more about its value than that it is text. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/env$/, "REKEY_SECRET"],
  [/file$/, "/run/secrets/rekey"],
  [/ur[il]$|^endpoint$|^address$/, "https://service.internal"],
];

/**
 * The smallest piece of a configuration that uses a part: its schema's own first example, or else what it must have.
 * A schema knows its patterns, but nobody can make a text out of one: authors of such options give `examples`.
 */
export function partExample(kind: PartKind, name: string, options: object): object {
  const made = exampleOf("", options as Schema);
  const settings = typeof made === "object" && made !== null && !Array.isArray(made) ? made : {};
  switch (kind) {
    case "providers":
      return { keys: { target: { provider: name, version: "v2", ...settings } } };
    case "stateStores":
      return { state: { type: name, ...settings } };
    case "throttles":
    case "hooks":
      return { [kind]: [{ type: name, ...settings }] };
  }
}

function exampleOf(name: string, schema: Schema): unknown {
  if (schema.examples?.length) return schema.examples[0];
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum?.length) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice && schema.type === undefined) return exampleOf(name, choice);
  switch (schema.type) {
    case "object":
      return objectOf(schema);
    case "array":
      return schema.items ? [exampleOf(name, schema.items)] : [];
    case "boolean":
      return true;
    case "integer":
    case "number":
      return (
        schema.minimum ??
        (schema.exclusiveMinimum === undefined ? 1 : Math.floor(schema.exclusiveMinimum) + 1)
      );
    default:
      return textOf(name, schema);
  }
}

function objectOf({ properties = {}, required = [] }: Schema): object {
  return Object.fromEntries(
    required.map((key) => {
      const schema = properties[key];
      return [key, schema === undefined || schema === true ? "…" : exampleOf(key, schema)];
    }),
  );
}

function textOf(name: string, { format }: Schema): string {
  const known = TEXTS.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined) return known;
  return format === "uri" ? "https://service.internal" : "…";
}
