import type { Job } from "@cassandra-rekey/core";
import type { RunParts } from "../run-parts.ts";
import { resolveTables } from "../tables/resolve-tables.ts";
import { checkGcGrace, refuseUnsafeColumns, type TableRun } from "./table-run.ts";

/** How often a running job looks whether the schema changed under it, milliseconds. */
const DRIFT_CHECK_MS = 10_000;
/** Dynamic data masking came with it. */
const MASKS_SINCE = 5;

/**
 * What the executor asks before each claim and each page's writes: looks at the schema every ten seconds, throws
 * `SCHEMA.DRIFT`, or `SCHEMA.UNSUPPORTED` where what a job rests on is not so any more. With `sinceMs`, monotonic, it has been
 * looked at since: for values that a mask may have taken the place of, and for queries that the cluster refused.
 */
export type DriftCheck = (sinceMs?: number, reason?: "mask" | "refusal") => Promise<void>;

/** The {@link DriftCheck} of a run, whose tables have just been resolved. */
export function driftCheck(
  parts: Pick<RunParts, "clock" | "settings" | "readSchema">,
  job: Job,
  tables: ReadonlyMap<string, TableRun>,
  signal: AbortSignal,
): DriftCheck {
  let seenAtMs = parts.clock.monotonicMs();
  let hasMasks = true;
  let looking: Promise<void> | undefined;
  const look = async () => {
    const beganAtMs = parts.clock.monotonicMs();
    const resolved = await resolveTables(job, parts.settings, parts.readSchema, signal);
    for (const table of resolved) {
      checkGcGrace(tables.get(table.table.id)!, table, parts.settings);
      refuseUnsafeColumns(job, table);
    }
    hasMasks = resolved.some(({ schema }) => (schema.majorVersion ?? 0) >= MASKS_SINCE);
    // Not before: a look that failed has seen nothing.
    seenAtMs = beganAtMs;
  };
  return async (sinceMs = Number.NEGATIVE_INFINITY, reason = "mask") => {
    const longAgoMs = parts.clock.monotonicMs() - DRIFT_CHECK_MS;
    const isSeen = () => seenAtMs > longAgoMs && (seenAtMs >= sinceMs || (reason === "mask" && !hasMasks));
    while (!isSeen()) {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      await looking;
    }
  };
}
