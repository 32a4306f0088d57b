import { z } from "zod";
import { MAX_CHUNKS } from "../planner/split-ring.ts";
import { columnName, flag, keyringName, tableName, text, whole } from "./fields.ts";

/** Consistency levels that Cassandra accepts for reads of token ranges. */
export const READ_LEVELS = [
  "ONE",
  "TWO",
  "THREE",
  "QUORUM",
  "ALL",
  "LOCAL_QUORUM",
  "EACH_QUORUM",
  "LOCAL_ONE",
] as const;

/** Consistency levels that Cassandra accepts for writes. */
export const WRITE_LEVELS = [...READ_LEVELS, "ANY"] as const;

/** Doctor checks that may be accepted. The others are no matter of opinion: a run could not keep its promises. */
export const ACCEPTABLE = ["table.gc-grace", "table.cdc-space", "table.index"] as const;

/** Levels at which a cluster decides lightweight transactions. */
export const SERIAL_LEVELS = ["SERIAL", "LOCAL_SERIAL"] as const;

const consistency = z
  .strictObject({
    read: z.enum(READ_LEVELS).default("LOCAL_QUORUM").describe("Consistency level of reads."),
    write: z.enum(WRITE_LEVELS).default("LOCAL_QUORUM").describe("Consistency level of writes."),
    serial: z
      .enum(SERIAL_LEVELS)
      .optional()
      .describe(
        "Level of lightweight transactions in LWT mode: the one that the application's transactions have. Default: LOCAL_SERIAL in a cluster of one data centre, else SERIAL.",
      ),
  })
  .describe("Consistency levels of this table's requests.");

const columns = () => z.array(columnName());

const columnWithPath = z
  .strictObject({
    name: columnName().describe("Name of the column."),
    path: text()
      .optional()
      .describe(
        "Where the ciphertext is inside a frozen value: fields by name, `[0]` in a tuple, `[*]` for all elements of a list or set and all values of a map. Default: every text and blob inside.",
      ),
    keyring: keyringName().optional().describe("Keyring of this column. Default: the table's."),
  })
  .describe("A column, where in its value the ciphertext is, and its keyring.");

/** One entry of `tables:` */
export const tableSchema = z
  .strictObject({
    name: tableName().describe("Name of the table, without its keyspace."),
    keyspace: tableName().optional().describe("Keyspace of the table. Default: cluster.keyspace."),
    partition_key: columns()
      .min(1)
      .optional()
      .describe("Partition key columns in order. Not needed; when given, checked against the live schema."),
    clustering_key: columns()
      .optional()
      .describe("Clustering columns in order. Not needed; when given, checked against the live schema."),
    primary_key: columns()
      .min(1)
      .optional()
      .describe("The Python tool's older name for partition_key, for tables without clustering columns."),
    encrypted_columns: z
      .array(z.union([columnName(), columnWithPath]))
      .min(1)
      .describe(
        "Columns to rekey, not part of the primary key: text or blob, or frozen values with text or blob inside. `{ name, path }` names the one place inside that holds ciphertext, such as `contacts[*].phone`; `{ name, keyring }` a keyring of the column's own.",
      ),
    keyring: keyringName()
      .optional()
      .describe(
        "Keyring of the encrypted columns: one of keyrings, or keys for the default one. Default: keys.",
      ),
    key_version_column: columnName()
      .optional()
      .describe(
        "Column with the row's key version label, kept up to date where a row has one. Default: key_version, if the table has it.",
      ),
    chunks: z
      .union([whole(1, MAX_CHUNKS), z.literal("auto")])
      .default("auto")
      .describe('Token ranges that the table is cut into, 1 to 1,000,000; "auto" goes by the table\'s size.'),
    preserve_ttl: flag()
      .default(true)
      .describe(
        "Accepted for the Python tool's configurations. Times to live are always kept; false only warns.",
      ),
    preserve_writetime: flag()
      .default(true)
      .describe(
        "Accepted for the Python tool's configurations. Writetimes are kept (to 1 µs) in fenced mode; false only warns.",
      ),
    use_lwt_guard: flag()
      .default(false)
      .describe(
        "Write by lightweight transaction. Only together with application_writes: lwt or none; otherwise writes are fenced, with a warning.",
      ),
    application_writes: z
      .enum(["plain", "lwt", "none"])
      .default("plain")
      .describe(
        "How the application writes these rows: plain writes, only lightweight transactions, or not at all while a job is under way (its writers are stopped).",
      ),
    application_timestamps: z
      .enum(["fine", "coarse"])
      .default("fine")
      .describe(
        "What timestamps the application's writes have: fine, which is the server's and drivers' own, no two writes of one cell alike; or coarse, set by itself, so that two may have the same one. Then cells are rewritten at the very timestamp that they have, with ciphertexts drawn until one wins there.",
      ),
    elements_never_expire: flag()
      .default(false)
      .describe(
        "Declares that no part of the encrypted columns that are not frozen has a time to live: values of maps, fields of UDTs, elements of lists. Needed before Cassandra 5.0, where nobody can ask; what had one nevertheless would become immortal.",
      ),
    consistency: consistency.default({ read: "LOCAL_QUORUM", write: "LOCAL_QUORUM" }),
    accept: z
      .array(z.enum(ACCEPTABLE))
      .default([])
      .describe("Names of doctor checks whose failure is accepted for this table."),
  })
  .describe("One table to rekey.");

export type TableInput = z.output<typeof tableSchema>;
