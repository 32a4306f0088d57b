import type { z } from "zod";
import { type ClusterInput, clusterSchema } from "./cluster-schema.ts";
import { type ExecutionInput, executionSchema } from "./execution-schema.ts";
import { type KeysInput, keysSchema, type ProviderInput, providerSchema } from "./keys-schema.ts";
import { valueAt } from "./schema-issues.ts";
import { type TableInput, tableSchema } from "./table-schema.ts";

/**
 * The parts of a configuration that fit their schema, whatever is wrong with the others:
 * what lets rules and schema report their problems together.
 */
export interface Sections {
  readonly cluster: ClusterInput | undefined;
  readonly provider: ProviderInput | undefined;
  readonly keys: KeysInput | undefined;
  /** By position in the file. */
  readonly tables: readonly (TableInput | undefined)[];
  readonly execution: ExecutionInput | undefined;
  /** The top-level keys that are there. */
  readonly present: ReadonlySet<string>;
}

/** Reads each section by itself. */
export function readSections(value: unknown): Sections {
  const tables = valueAt(value, ["tables"]);
  return {
    cluster: fitting(clusterSchema, valueAt(value, ["cluster"])),
    provider: fitting(providerSchema, valueAt(value, ["provider"])),
    keys: fitting(keysSchema, valueAt(value, ["keys"])),
    tables: Array.isArray(tables) ? tables.map((table) => fitting(tableSchema, table)) : [],
    execution: fitting(executionSchema, valueAt(value, ["execution"])),
    present: new Set(typeof value === "object" && value !== null ? Object.keys(value) : []),
  };
}

function fitting<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> | undefined {
  const result = schema.safeParse(value);
  return result.success ? result.data : undefined;
}
