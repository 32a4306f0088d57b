import { type OptionsSchema, RekeyError } from "@cassandra-rekey/core";
import { z } from "zod";
import { type PartKind, partLabel } from "../plugins/part-kind.ts";
import { configSchema } from "./config-schema.ts";
import { PLAINTEXT } from "./keyring-rules.ts";

/** A part whose options are to be described. */
export interface PartSchema {
  readonly kind: PartKind;
  readonly name: string;
  readonly options: OptionsSchema;
}

type Json = Record<string, unknown>;

/** Where parts of a kind stand in the schema, and which key there names the part. */
const SLOTS: readonly {
  readonly kind: PartKind;
  readonly path: readonly string[];
  readonly names: string;
}[] = [
  { kind: "stateStores", path: ["state"], names: "type" },
  { kind: "providers", path: ["keys", "properties", "target"], names: "provider" },
  { kind: "providers", path: ["keys", "properties", "previous", "items"], names: "provider" },
  { kind: "throttles", path: ["throttles", "items"], names: "type" },
  { kind: "hooks", path: ["hooks", "items"], names: "type" },
];

/** A key may have any options, so a misspelt name of its own would pass for one; what it must have tells. */
const NAMED_KEY: Json = {
  anyOf: [{ required: ["provider"] }, { required: ["module"] }],
  if: { properties: { provider: { const: PLAINTEXT } }, required: ["provider"] },
  else: { required: ["version"] },
};

/**
 * JSON Schema (draft 2020-12) of the whole configuration file, with the options of the given parts.
 * A part that is not among them may have any options. Throws `PLUGIN.INVALID` for a part that cannot describe its own.
 */
export function configJsonSchema(parts: readonly PartSchema[]): Json {
  const root = z.toJSONSchema(configSchema, {
    io: "input",
    target: "draft-2020-12",
    override: ({ zodSchema, jsonSchema }) => {
      // In the input direction zod leaves defaults out where a field is also coerced.
      const { def } = zodSchema._zod;
      if (def.type === "default") jsonSchema.default = def.defaultValue as never;
    },
  }) as Json;
  const definitions: Json = {};
  for (const { kind, path, names } of SLOTS) {
    const slot = path.reduce<Json>((at, key) => at[key] as Json, root.properties as Json);
    const ofKind = parts.filter((part) => part.kind === kind);
    if (ofKind.length > 0) slot.allOf = ofKind.map((part) => conditional(part, slot, names, definitions));
    if (kind === "providers") Object.assign(slot, NAMED_KEY);
  }
  const { keyrings } = root.properties as Record<string, Json>;
  keyrings!.additionalProperties = { $ref: "#/properties/keys" };
  return {
    ...root,
    title: "cassandra-rekey configuration",
    oneOf: [{ required: ["keys"] }, { required: ["provider"] }],
    ...(Object.keys(definitions).length > 0 ? { $defs: { ...(root.$defs as Json), ...definitions } } : {}),
  };
}

/** `if` the slot names the part, `then` its options and the slot's own keys, and nothing else. */
function conditional(part: PartSchema, slot: Json, names: string, definitions: Json): Json {
  const reserved = slot.properties as Json;
  const described = describe(part, definitions);
  // State without a type is the Cassandra store, as in the Python tool.
  const implied = part.kind === "stateStores" && part.name === "cassandra";
  // In a local module the same name may be anything.
  const packaged = "module" in reserved ? { not: { required: ["module"] } } : {};
  return {
    if: {
      properties: { [names]: { const: part.name } },
      ...(implied ? {} : { required: [names] }),
      ...packaged,
    },
    // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's keyword
    then: withReserved(described, reserved),
  };
}

/** The part's own schema; its definitions move to the root, where references find them. */
function describe(part: PartSchema, definitions: Json): Json {
  const prefix = `${part.kind}.${part.name}`;
  let own: object;
  try {
    own = part.options["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  } catch (cause) {
    const who = `the ${partLabel(part.kind)} "${part.name}"`;
    throw new RekeyError(
      "PLUGIN.INVALID",
      `the schema cannot be made: ${who} gives no JSON Schema of its options`,
      {
        cause,
        hint: "Remove its package, or tell its author.",
      },
    );
  }
  const { $schema: _, $defs, ...schema } = own as Json;
  for (const [name, definition] of Object.entries(($defs as Json | undefined) ?? {})) {
    definitions[`${prefix}.${name}`] = relocated(definition, prefix);
  }
  return relocated(schema, prefix) as Json;
}

function relocated(node: unknown, prefix: string): unknown {
  if (Array.isArray(node)) return node.map((item) => relocated(item, prefix));
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === "$ref" && typeof value === "string"
        ? [key, value.replace(/^#\/\$defs\//, `#/$defs/${prefix}.`)]
        : [key, relocated(value, prefix)],
    ),
  );
}

/** A closed options schema would refuse the keys that name the part: they are let in. */
function withReserved(schema: Json, reserved: Json): Json {
  const result: Json = { ...schema };
  for (const key of ["anyOf", "oneOf", "allOf"]) {
    const branches = schema[key];
    if (Array.isArray(branches))
      result[key] = branches.map((branch) => withReserved(branch as Json, reserved));
  }
  if (schema.type === "object") {
    const open = Object.fromEntries(Object.keys(reserved).map((key) => [key, true]));
    result.properties = { ...open, ...(schema.properties as Json) };
  }
  return result;
}
