import type { Job } from "@cassandra-rekey/core";
import type { RunParts } from "../run-parts.ts";
import { resolveTables } from "../tables/resolve-tables.ts";
import { checkGcGrace, type TableRun } from "./table-run.ts";

/** How often a running job looks whether the schema changed under it, milliseconds. */
const DRIFT_CHECK_MS = 10_000;

/** What the executor asks before each claim: looks at the schema every ten seconds, throws `SCHEMA.DRIFT`. */
export function driftCheck(
  parts: Pick<RunParts, "clock" | "settings" | "readSchema">,
  job: Job,
  tables: ReadonlyMap<string, TableRun>,
  signal: AbortSignal,
): () => Promise<void> {
  let checkedAtMs = parts.clock.monotonicMs();
  return async () => {
    const nowMs = parts.clock.monotonicMs();
    if (nowMs - checkedAtMs < DRIFT_CHECK_MS) return;
    checkedAtMs = nowMs;
    for (const resolved of await resolveTables(job, parts.settings, parts.readSchema, signal)) {
      checkGcGrace(tables.get(resolved.table.id)!, resolved, parts.settings);
    }
  };
}
