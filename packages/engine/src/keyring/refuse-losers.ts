import { RekeyError } from "@cassandra-rekey/core";
import type { ResolvedTable } from "../tables/resolve-tables.ts";
import type { Keyrings } from "./keyrings.ts";
import { whyNoneWins } from "./winning-order.ts";

/** A target that cannot win at the same timestamp would only fill the quarantine. Throws `KEY.CANNOT_WIN`. */
export async function refuseLosers(
  keyrings: Keyrings,
  tables: readonly ResolvedTable[],
  signal: AbortSignal,
): Promise<void> {
  for (const { table, settings, shape } of tables) {
    if (table.writeMode !== "same-timestamp") continue;
    const why = await whyNoneWins(keyrings, settings, shape, signal);
    if (why !== undefined) throw new RekeyError("KEY.CANNOT_WIN", `${shape.keyspace}.${shape.name}: ${why}`);
  }
}
