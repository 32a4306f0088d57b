import { quoteIdentifier } from "@cassandra-rekey/cassandra";
import type { TableSettings } from "../config/settings.ts";
import type { Checks } from "./checks.ts";
import type { ServerRole } from "./server-role.ts";

const CHECK = "cluster.permissions";

/** Whether the role may read and write the tables. */
export function checkPermissions(checks: Checks, role: ServerRole, tables: readonly TableSettings[]): void {
  if (role.kind === "open") {
    checks.ok(CHECK, "the cluster lets everyone do everything");
    return;
  }
  if (role.kind === "superuser" || role.permissions === "all") {
    checks.ok(CHECK, `role ${role.name} may do everything`);
    return;
  }
  let lacking = false;
  for (const { keyspace, name } of tables) {
    const place = `${keyspace}.${name}`;
    const resources = [
      `<table ${place}>`,
      `<all tables in ${keyspace}>`,
      `<keyspace ${keyspace}>`,
      "<all keyspaces>",
    ];
    const table = `${quoteIdentifier(keyspace)}.${quoteIdentifier(name)}`;
    for (const permission of ["SELECT", "MODIFY"]) {
      if (
        resources.some((resource) =>
          (role.permissions as ReadonlySet<string>).has(`${permission} ${resource}`),
        )
      )
        continue;
      lacking = true;
      checks.fail(
        CHECK,
        `role ${role.name} lacks ${permission}`,
        `GRANT ${permission} ON TABLE ${table} TO ${quoteIdentifier(role.name)};`,
        place,
      );
    }
  }
  if (!lacking) checks.ok(CHECK, `role ${role.name} may read and write the tables`);
}
