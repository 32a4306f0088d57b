import { CATALOGUE } from "@cassandra-rekey/core";
import type { Keyrings } from "../keyring/keyrings.ts";
import { whyNoneWins } from "../keyring/winning-order.ts";
import { passShape, tablePasses } from "../tables/table-passes.ts";
import type { Checks } from "./checks.ts";
import type { ReadableTable } from "./readable-table.ts";

/** Whether ciphertexts can be drawn for the tables that are rewritten at the same timestamp. */
export async function checkDraws(
  checks: Checks,
  keyrings: Keyrings,
  tables: readonly ReadableTable[],
  signal: AbortSignal,
): Promise<void> {
  for (const { settings, schema } of tables) {
    if (settings.writeMode !== "same-timestamp") continue;
    const place = `${settings.keyspace}.${settings.name}`;
    await checks.attempt(
      "keys.draws",
      async () => {
        const columns = tablePasses(settings, schema).flatMap((pass) => passShape(pass, schema).columns);
        const why = await whyNoneWins(keyrings, settings, { columns }, signal);
        if (why === undefined)
          checks.ok("keys.draws", "ciphertexts can be drawn that win at the same timestamp", place);
        else checks.fail("keys.draws", why, CATALOGUE["KEY.CANNOT_WIN"].hint, place);
      },
      place,
    );
  }
}
