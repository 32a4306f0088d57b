import { type ClusterSession, SchemaReader } from "@cassandra-rekey/cassandra";
import type { Settings, TableSettings } from "../config/settings.ts";
import { didYouMean } from "../config/suggestion.ts";
import type { Checks } from "./checks.ts";
import type { ServerSettings } from "./guardrail-checks.ts";
import type { ReadableTable } from "./readable-table.ts";
import { tableFindings } from "./table-rules.ts";

/** Failures that say nothing against reading a sample of the table. */
const READABLE_ANYWAY = new Set([
  "table.elements",
  "table.gc-grace",
  "table.cdc-space",
  "table.index",
  "table.label",
]);

/** What {@link checkTables} found to be there. */
export interface FoundTables {
  readonly existing: readonly TableSettings[];
  /** Those of which a sample can be read. */
  readonly readable: readonly ReadableTable[];
}

/** Checks every table's schema. */
export async function checkTables(
  checks: Checks,
  session: ClusterSession,
  server: ServerSettings,
  settings: Settings,
  signal: AbortSignal,
): Promise<FoundTables> {
  const reader = new SchemaReader(session);
  const existing: TableSettings[] = [];
  const readable: ReadableTable[] = [];
  for (const table of settings.tables) {
    const place = `${table.keyspace}.${table.name}`;
    await checks.attempt(
      "table",
      async () => {
        const schema = await reader.table(table.keyspace, table.name, signal);
        if (!schema) {
          await reportMissing(checks, reader, table, signal);
          return;
        }
        existing.push(table);
        const before = checks.list.length;
        checks.add(...tableFindings(table, schema, "rekey"));
        if (schema.cdc) checkCdcSpace(checks, table, server);
        const found = checks.list.slice(before);
        if (found.length === 0)
          checks.ok("table", "key columns, encrypted columns and options are as they should be", place);
        if (found.every(({ level, check }) => level !== "FAIL" || READABLE_ANYWAY.has(check)))
          readable.push({ settings: table, schema });
      },
      place,
    );
  }
  return { existing, readable };
}

async function reportMissing(
  checks: Checks,
  reader: SchemaReader,
  { keyspace, name }: TableSettings,
  signal: AbortSignal,
): Promise<void> {
  const place = `${keyspace}.${name}`;
  const keyspaces = await reader.keyspaces(signal);
  if (!keyspaces.includes(keyspace)) {
    checks.fail(
      "table.exists",
      `there is no keyspace ${keyspace}${didYouMean(keyspace, keyspaces)}`,
      "Correct cluster.keyspace or the table's keyspace; case matters.",
      place,
    );
    return;
  }
  const { tables, views } = await reader.names(keyspace, signal);
  const base = views.get(name);
  if (base === undefined)
    checks.fail(
      "table.exists",
      `there is no such table${didYouMean(name, tables)}`,
      "Correct the table's name or its keyspace; case matters.",
      place,
    );
  else
    checks.fail(
      "table.exists",
      "it is a materialized view, which cannot be written to",
      `Name its table, ${base}, instead: the view follows.`,
      place,
    );
}

/** A CDC space that runs full refuses the application's writes, not only ours. */
function checkCdcSpace(checks: Checks, table: TableSettings, server: ServerSettings): void {
  const place = `${table.keyspace}.${table.name}`;
  if (!server) {
    checks.warn(
      "table.cdc-space",
      "whether a full CDC space would block the application's writes could not be checked",
      "GRANT SELECT ON system_views.settings to the role, or see that cdc_block_writes is false on every node.",
      place,
    );
    return;
  }
  if (server.get("cdc_enabled") !== "true" || server.get("cdc_block_writes") === "false") return;
  const message = "a CDC space that runs full would block the application's writes (cdc_block_writes)";
  if (table.accept.includes("table.cdc-space"))
    checks.warn("table.cdc-space", `${message} (accepted)`, "Watch the CDC space during the run.", place);
  else
    checks.fail(
      "table.cdc-space",
      message,
      "Set cdc_block_writes to false on every node, or see that the consumer keeps up and accept this with `accept: [table.cdc-space]`.",
      place,
    );
}
