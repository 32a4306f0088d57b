import { type Job, UNKNOWN_VERSION } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING } from "../config/settings.ts";
import type { RunParts } from "../run-parts.ts";
import { countQuarantined } from "../status.ts";
import { KeyGuard } from "./key-guard.ts";
import type { TableRun } from "./table-run.ts";

/** The guard of a job's keyrings, knowing what earlier runs came to. */
export async function openKeyGuard(
  parts: Pick<RunParts, "store" | "settings">,
  job: Job,
  tables: ReadonlyMap<string, Pick<TableRun, "keyringOf">>,
  signal: AbortSignal,
): Promise<KeyGuard> {
  const opened = new Map<string, number>();
  const add = (keyring: string, cells: number) => opened.set(keyring, (opened.get(keyring) ?? 0) + cells);
  for (const { table, totals } of await parts.store.progress(job.id, signal)) {
    for (const { column, keyVersion, cells } of totals.census)
      if (keyVersion !== UNKNOWN_VERSION) add(tables.get(table)!.keyringOf(column), cells);
    // The Python tool counts rows and has no census, and one keyring.
    if (totals.census.length === 0) add(DEFAULT_KEYRING, Math.max(0, totals.scanned - totals.quarantined));
  }
  return new KeyGuard(
    parts.settings.execution.maxQuarantined,
    opened,
    await countQuarantined(parts.store, job.id, signal),
  );
}
