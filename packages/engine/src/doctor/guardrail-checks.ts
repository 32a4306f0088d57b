import type { HostState } from "@cassandra-rekey/cassandra";
import type { Settings } from "../config/settings.ts";
import { passShape, tablePasses } from "../tables/table-passes.ts";
import type { Checks } from "./checks.ts";
import type { ReadableTable } from "./readable-table.ts";
import type { ServerRole } from "./server-role.ts";

const CHECK = "cluster.guardrails";

/** The server's settings by name; `undefined` when the role may not read them. */
export type ServerSettings = ReadonlyMap<string, string> | undefined;

/** What the server's guardrails would refuse a run of this role; they came with Cassandra 4.1. */
export function checkGuardrails(
  checks: Checks,
  server: ServerSettings,
  role: ServerRole,
  settings: Settings,
  tables: readonly ReadableTable[],
  hosts: readonly HostState[] = [],
): void {
  if (hosts.length > 0 && hosts.every(({ version }) => version.startsWith("4.0."))) {
    checks.ok(CHECK, "Cassandra 4.0 has none");
    return;
  }
  if (role.kind === "open") {
    checks.ok(CHECK, "the cluster checks no user names, and so no guardrails either");
    return;
  }
  if (role.kind === "superuser") {
    checks.ok(CHECK, `they do not hold for ${role.name}, a superuser; run the job as the same role`);
    return;
  }
  if (!server) {
    checks.warn(
      CHECK,
      `role ${role.name} may not read system_views.settings, so they could not be checked`,
      `GRANT SELECT ON KEYSPACE system_views TO "${role.name}";`,
    );
    return;
  }
  const before = checks.list.length;
  checkPageSize(checks, server, settings);
  checkTimestamps(checks, server, settings);
  checkConsistency(checks, server, settings);
  checkListWrites(checks, server, tables);
  const disk = Number(server.get("data_disk_usage_percentage_fail_threshold") ?? -1);
  if (disk > 0)
    checks.warn(
      "cluster.disk",
      `writes are refused when a disk is ${disk} % full`,
      "See that there is room: a rekeyed table can take twice its space until it is compacted.",
    );
  if (checks.list.length === before) checks.ok(CHECK, "none stands in the way");
}

function checkPageSize(checks: Checks, server: ReadonlyMap<string, string>, settings: Settings): void {
  const limit = Number(server.get("page_size_fail_threshold") ?? -1);
  if (limit <= 0 || settings.execution.pageSize <= limit) return;
  checks.fail(
    "cluster.page-size",
    `the server refuses pages of more than ${limit} rows, and execution.page_size is ${settings.execution.pageSize}`,
    `Set execution.page_size to ${limit} or less.`,
  );
}

/** The mode that needs no timestamps of ours. */
export const INSTEAD =
  "Or set use_lwt_guard: true, and application_writes: lwt where the application writes these rows by LWT alone, or none while its writers are stopped: a lightweight transaction carries no timestamp.";

function checkTimestamps(checks: Checks, server: ReadonlyMap<string, string>, settings: Settings): void {
  // A lightweight transaction cannot carry a timestamp.
  if (settings.tables.every((table) => table.writeMode === "lwt")) return;
  if (server.get("user_timestamps_enabled") === "false")
    checks.fail(
      "cluster.timestamps",
      "the server refuses USING TIMESTAMP (user_timestamps_enabled: false), which keeps the application's writes safe from ours",
      `Allow it for the time of the rotation. ${INSTEAD}`,
    );
  const oldest = server.get("minimum_timestamp_fail_threshold") ?? "";
  if (oldest !== "" && oldest !== "null")
    checks.fail(
      "cluster.timestamps",
      `the server refuses timestamps older than ${oldest}, and a cell keeps its own when it is rekeyed`,
      `Lift minimum_timestamp_fail_threshold for the time of the rotation. ${INSTEAD}`,
    );
}

/** An element of a list is set by its position, which the server looks up first. */
function checkListWrites(
  checks: Checks,
  server: ReadonlyMap<string, string>,
  tables: readonly ReadableTable[],
): void {
  if (server.get("read_before_write_list_operations_enabled") !== "false") return;
  for (const { settings, schema } of tables) {
    const columns = tablePasses(settings, schema).flatMap((pass) => passShape(pass, schema).columns);
    if (!columns.some(({ part }) => part === "list-elements")) continue;
    checks.fail(
      "cluster.list-writes",
      "the server refuses to set elements of lists (read_before_write_list_operations_enabled: false)",
      "Allow it for the time of the rotation.",
      `${settings.keyspace}.${settings.name}`,
    );
  }
}

function checkConsistency(checks: Checks, server: ReadonlyMap<string, string>, settings: Settings): void {
  const disallowed = (direction: string) =>
    new Set(server.get(`${direction}_consistency_levels_disallowed`)?.match(/\w+/g));
  const reads = disallowed("read");
  const writes = disallowed("write");
  for (const { keyspace, name, consistency, writeMode } of settings.tables) {
    const { read, write, serial } = consistency;
    const isTransaction = writeMode === "lwt";
    const refused = [
      ...(reads.has(read) ? [["read", "reads", read]] : []),
      ...(writes.has(write) ? [["write", "writes", write]] : []),
      ...(isTransaction && serial && writes.has(serial) ? [["serial", "transactions", serial]] : []),
    ];
    for (const [setting, requests, level] of refused)
      checks.fail(
        "cluster.consistency",
        `the server disallows ${requests} at ${level}`,
        `Choose another consistency.${setting} for the table.`,
        `${keyspace}.${name}`,
      );
  }
}
