import { type ClusterSession, quoteIdentifier } from "@cassandra-rekey/cassandra";
import { isRekeyError } from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import type { Checks } from "./checks.ts";

/** Whether the role may read and write the configured tables, asked of the server without touching a table. */
export async function checkPermissions(
  checks: Checks,
  session: ClusterSession,
  username: string | undefined,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  if (username === undefined) return;
  const granted = await permissionsOf(session, username, signal);
  if (granted === "everything") {
    checks.ok("cluster.permissions", "the role may do everything");
    return;
  }
  for (const table of settings.tables) {
    const place = `${table.keyspace}.${table.name}`;
    const resources = [`<table ${place}>`, `<keyspace ${table.keyspace}>`, "<all keyspaces>"];
    for (const permission of ["SELECT", "MODIFY"]) {
      const has = resources.some((resource) => granted.has(`${permission} ${resource}`));
      if (has) continue;
      checks.fail(
        "cluster.permissions",
        `role ${username} lacks ${permission}`,
        `GRANT ${permission} ON TABLE ${place} TO ${quoteIdentifier(username)};`,
        place,
      );
    }
  }
  if (!checks.list.some((check) => check.check === "cluster.permissions"))
    checks.ok("cluster.permissions", `role ${username} may read and write the tables`);
}

async function permissionsOf(
  session: ClusterSession,
  username: string,
  signal: AbortSignal,
): Promise<"everything" | ReadonlySet<string>> {
  const role = quoteIdentifier(username);
  try {
    const roles = await session.rows(`LIST ROLES OF ${role}`, [], { prepare: false, signal });
    if (roles.some((row) => row.get("super") === true)) return "everything";
    const rows = await session.rows(`LIST ALL PERMISSIONS OF ${role}`, [], { prepare: false, signal });
    return new Set(rows.map((row) => `${row.get("permission")} ${row.get("resource")}`));
  } catch (error) {
    // AllowAllAuthorizer refuses the question because there is nothing to list.
    if (isRekeyError(error) && error.code === "CLUSTER.INVALID_QUERY") return "everything";
    throw error;
  }
}
