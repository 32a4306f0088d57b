import type { ClusterSession } from "@cassandra-rekey/cassandra";
import type { ConsistencySettings, Settings } from "../config/settings.ts";
import type { Checks } from "./checks.ts";
import { readPlacement } from "./replica-check.ts";

/** The level at which a table's lightweight transactions are decided. */
export function serialLevel(session: ClusterSession, { serial }: ConsistencySettings): string {
  if (serial !== undefined) return serial;
  return session.hosts().every(({ dataCenter }) => dataCenter === session.localDc)
    ? "LOCAL_SERIAL"
    : "SERIAL";
}

/**
 * Whether transactions of tables in LWT mode are ordered with those of the application. Where replicas are in several
 * data centres, one at `SERIAL` and one at `LOCAL_SERIAL` are not, and neither are two at `LOCAL_SERIAL` in two of them.
 */
export function checkSerial(checks: Checks, session: ClusterSession, settings: Settings): void {
  for (const { keyspace, name, consistency, writeMode } of settings.tables) {
    const placement = writeMode === "lwt" ? readPlacement(session, keyspace) : undefined;
    const dataCenters = [...(placement?.factors ?? [])].filter(([dc, of]) => dc !== "*" && of > 0);
    if (dataCenters.length < 2) continue;
    const where = `replicas are in ${dataCenters.map(([dc]) => dc).join(" and ")}`;
    if (consistency.serial === undefined)
      checks.warn(
        "table.serial",
        `${where}, and transactions are decided at SERIAL because consistency.serial is not set`,
        "Set consistency.serial of the table to the level of the application's transactions: at another level an update of the application could be lost.",
        `${keyspace}.${name}`,
      );
    else if (consistency.serial === "LOCAL_SERIAL")
      checks.warn(
        "table.serial",
        `${where}, and transactions are decided at LOCAL_SERIAL, in ${session.localDc} alone`,
        `Go on only if every transaction of the application on this table is at LOCAL_SERIAL and goes to ${session.localDc}; use SERIAL otherwise, here and there.`,
        `${keyspace}.${name}`,
      );
  }
}
