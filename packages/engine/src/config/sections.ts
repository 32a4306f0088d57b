import type { z } from "zod";
import { type ClusterInput, clusterSchema } from "./cluster-schema.ts";
import { type ExecutionInput, executionSchema } from "./execution-schema.ts";
import { type KeysInput, keysSchema, type ProviderInput, providerSchema } from "./keys-schema.ts";
import { knownKeysOf } from "./known-keys.ts";
import { plainPath, valueAt } from "./schema-issues.ts";
import type { ConfigPath } from "./settings.ts";
import { nearest } from "./suggestion.ts";
import { type TableInput, tableSchema } from "./table-schema.ts";

/**
 * The parts of a configuration, without the values that do not fit their schema:
 * what lets rules and schema report their problems together.
 */
export interface Sections {
  readonly cluster: ClusterInput | undefined;
  readonly provider: ProviderInput | undefined;
  readonly keys: KeysInput | undefined;
  /** By name; `undefined` where `keyrings` is no group of settings. */
  readonly keyrings: ReadonlyMap<string, KeysInput | undefined> | undefined;
  /** By position in the file. */
  readonly tables: readonly (TableInput | undefined)[];
  readonly execution: ExecutionInput | undefined;
  /** The top-level keys that are there. */
  readonly present: ReadonlySet<string>;
  /** Where values were left out: what a rule says about these is not to be believed. */
  readonly faults: readonly ConfigPath[];
}

/** Reads each section by itself. */
export function readSections(value: unknown): Sections {
  const faults: ConfigPath[] = [];
  const read = <Schema extends z.ZodType>(schema: Schema, at: ConfigPath, needed: object = {}) =>
    fitting(schema, valueAt(value, at), { at, needed, faults });
  const tables = valueAt(value, ["tables"]);
  const keyrings = valueAt(value, ["keyrings"]) ?? {};
  return {
    cluster: read(clusterSchema, ["cluster"], { contact_points: ["unknown"], keyspace: "unknown" }),
    provider: read(providerSchema, ["provider"]),
    keys: read(keysSchema, ["keys"], { target: {} }),
    keyrings:
      typeof keyrings === "object" && !Array.isArray(keyrings)
        ? new Map(
            Object.keys(keyrings).map((name) => [name, read(keysSchema, ["keyrings", name], { target: {} })]),
          )
        : undefined,
    tables: Array.isArray(tables)
      ? tables.map((_, at) =>
          read(tableSchema, ["tables", at], { name: `unknown_${at}`, encrypted_columns: [" "] }),
        )
      : [],
    execution: read(executionSchema, ["execution"]),
    present: new Set(typeof value === "object" && value !== null ? Object.keys(value) : []),
    faults,
  };
}

interface Reading {
  readonly at: ConfigPath;
  /** Stands in for required values that are missing or faulty, so that rules can look at the others. */
  readonly needed: object;
  readonly faults: ConfigPath[];
}

function fitting<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { at, needed, faults }: Reading,
): z.output<Schema> | undefined {
  const whole = schema.safeParse(value);
  if (whole.success) return whole.data;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const rest = structuredClone(value);
  for (const issue of whole.error.issues) {
    const path = plainPath(issue.path);
    const known = issue.code === "unrecognized_keys" ? knownKeysOf(schema, path) : [];
    const unknown = issue.code === "unrecognized_keys" ? issue.keys : [];
    for (const key of unknown) {
      remove(rest, [...path, key]);
      const meant = nearest(key, known);
      if (meant !== undefined) faults.push([...at, ...path, meant]);
    }
    if (unknown.length > 0) continue;
    // Without one of its entries a list would say something else.
    const faulty = path.slice(0, path.findLastIndex((segment) => typeof segment === "string") + 1);
    remove(rest, faulty);
    faults.push([...at, ...faulty]);
  }
  const again = schema.safeParse({ ...needed, ...rest });
  return again.success ? again.data : undefined;
}

function remove(from: object, path: ConfigPath): void {
  const parent = valueAt(from, path.slice(0, -1));
  const last = path.at(-1);
  if (typeof parent === "object" && parent !== null && last !== undefined)
    Reflect.deleteProperty(parent, last);
}
