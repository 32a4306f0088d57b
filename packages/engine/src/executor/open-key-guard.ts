import { addTotals, type Job, ZERO_TOTALS } from "@cassandra-rekey/core";
import type { RunParts } from "../run-job.ts";
import { countQuarantined } from "../status.ts";
import { KeyGuard } from "./key-guard.ts";

/** The guard of a job's keyring, knowing what earlier runs came to. */
export async function openKeyGuard(
  parts: Pick<RunParts, "store" | "settings">,
  job: Job,
  signal: AbortSignal,
): Promise<KeyGuard> {
  const progress = await parts.store.progress(job.id, signal);
  const { scanned, quarantined } = progress.reduce((sum, table) => addTotals(sum, table.totals), ZERO_TOTALS);
  return new KeyGuard(
    parts.settings.execution.maxQuarantined,
    // A later visit does not count its rows again, so what was quarantined may exceed what was scanned.
    Math.max(0, scanned - quarantined),
    await countQuarantined(parts.store, job.id, signal),
  );
}
