import { type ClusterSession, quoteIdentifier } from "@cassandra-rekey/cassandra";
import { isRekeyError } from "@cassandra-rekey/core";

/** As whom the cluster sees us. Guardrails hold for ordinary roles only, so a check has to know. */
export type ServerRole =
  /** The cluster asks nobody who they are; its guardrails hold for nobody. */
  | { readonly kind: "open" }
  | { readonly kind: "superuser"; readonly name: string }
  | { readonly kind: "ordinary"; readonly name: string; readonly permissions: Permissions };

/** `PERMISSION <resource>` as the server lists them, inherited ones included; `all` where it checks none. */
export type Permissions = ReadonlySet<string> | "all";

/** Asks the server about the role of a user name, without touching a table. */
export async function readServerRole(
  session: ClusterSession,
  name: string | undefined,
  signal: AbortSignal,
): Promise<ServerRole> {
  if (name === undefined) return { kind: "open" };
  const role = quoteIdentifier(name);
  const list = (what: string) => session.rows(`LIST ${what} OF ${role}`, [], { prepare: false, signal });
  try {
    const roles = await list("ROLES");
    if (roles.some((row) => row.get("super") === true)) return { kind: "superuser", name };
  } catch (error) {
    // AllowAllAuthenticator ignores the user name, and answers so to whoever asks.
    if (isRekeyError(error) && /not anonymous/.test(error.message)) return { kind: "open" };
    throw error;
  }
  try {
    const rows = await list("ALL PERMISSIONS");
    const permissions = new Set(rows.map((row) => `${row.get("permission")} ${row.get("resource")}`));
    return { kind: "ordinary", name, permissions };
  } catch (error) {
    // AllowAllAuthorizer has nothing to list.
    if (isRekeyError(error) && error.code === "CLUSTER.INVALID_QUERY")
      return { kind: "ordinary", name, permissions: "all" };
    throw error;
  }
}
