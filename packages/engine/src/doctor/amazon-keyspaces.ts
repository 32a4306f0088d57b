import { type ClusterSession, SchemaReader } from "@cassandra-rekey/cassandra";
import type { Settings } from "../config/settings.ts";
import type { Checks } from "./checks.ts";
import { INSTEAD } from "./guardrail-checks.ts";

/** What this service alone has. */
const OWN_KEYSPACE = "system_schema_mcs";

/** Whether this is no Cassandra, but Amazon Keyspaces, which says of itself that it is Cassandra 3.11. */
export async function isAmazonKeyspaces(session: ClusterSession, signal: AbortSignal): Promise<boolean> {
  if (session.majorVersion >= 4) return false;
  return (await new SchemaReader(session).keyspaces(signal)).includes(OWN_KEYSPACE);
}

/** The service refuses timestamps of more than two days ago, and has no setting that would say so. */
export async function checkTwoDayLimit(
  checks: Checks,
  session: ClusterSession,
  { tables }: Pick<Settings, "tables">,
  signal: AbortSignal,
): Promise<void> {
  if (tables.every(({ writeMode }) => writeMode === "lwt")) return;
  if (!(await isAmazonKeyspaces(session, signal))) return;
  checks.fail(
    "cluster.timestamps",
    "Amazon Keyspaces refuses timestamps of more than two days ago, and a cell keeps its own when it is rekeyed",
    INSTEAD.replace(/^Or set/, "Set"),
  );
}
