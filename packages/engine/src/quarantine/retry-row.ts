import type { CellSource, Clock, QuarantineEntry, Random } from "@cassandra-rekey/core";
import type { TableRun } from "../executor/table-run.ts";
import type { Governor } from "../governor/governor.ts";
import type { PageTask } from "../page/page-work.ts";
import { readTimedRow, type TimedRow } from "../page/timed-row.ts";
import { PATIENT, withRetry } from "../retry.ts";
import type { SettleTime } from "../writer/settle-time.ts";

/** What {@link retryRow} needs. */
export interface RowRetryParts {
  readonly source: CellSource;
  readonly governor: Governor;
  readonly clock: Clock;
  readonly random: Random;
  readonly settle: SettleTime;
}

/** What became of one quarantined cell: under the target key, not there any more, or as it was. */
export type CellFate = "rekeyed" | "gone" | "left";

/** A row whose writes came too late is read again this often. */
const MOST_READINGS = 4;

/**
 * Reads one quarantined row, rekeys what opens now, and reads it again: a fenced write that was acknowledged may have
 * lost. What no key opens is left as it was.
 */
export async function retryRow(
  parts: RowRetryParts,
  run: TableRun,
  entries: readonly QuarantineEntry[],
  signal: AbortSignal,
): Promise<ReadonlyMap<QuarantineEntry, CellFate>> {
  const { key } = entries[0]!;
  for (let readings = 1; readings <= MOST_READINGS; readings += 1) {
    const read = await readRow(parts, run, key, signal);
    if (!read) return new Map(entries.map((entry) => [entry, "gone"]));
    const task = taskOf(parts, run, "rekey", read);
    const { writes } = await worked(parts, run, task, read, signal);
    const { moment } = read;
    const { readConsistency, writeConsistency, maxAgeMs } = run;
    const context = { task, moment, readConsistency, writeConsistency, maxAgeMs, signal };
    const { tooLate } = await run.writer.write(writes, context);
    if (!tooLate) break;
  }
  const after = await readRow(parts, run, key, signal);
  if (!after) return new Map(entries.map((entry) => [entry, "gone"]));
  const { rekeyer } = run;
  const { census } = await worked(parts, run, taskOf(parts, run, "verify", after), after, signal);
  return new Map(
    entries.map((entry): [QuarantineEntry, CellFate] => {
      const versions = census.filter(({ column }) => column === entry.column);
      if (versions.length === 0) return [entry, "gone"];
      const target = rekeyer.targetVersion(entry.column);
      return [entry, versions.every(({ keyVersion }) => keyVersion === target) ? "rekeyed" : "left"];
    }),
  );
}

function taskOf(
  { settle }: RowRetryParts,
  run: TableRun,
  kind: PageTask["kind"],
  { moment }: TimedRow,
): PageTask {
  return {
    table: run.shape,
    tableId: run.table.id,
    kind,
    writeMode: run.table.writeMode,
    settleMs: settle.measure(moment),
    visit: 1,
  };
}

function worked(
  { clock, random }: RowRetryParts,
  { rekeyer }: TableRun,
  task: PageTask,
  read: TimedRow,
  signal: AbortSignal,
) {
  return withRetry({ clock, random }, PATIENT, signal, () =>
    rekeyer.work(task, [read.row], read.serverTimeMs, signal),
  );
}

async function readRow(
  parts: RowRetryParts,
  run: TableRun,
  key: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<TimedRow | undefined> {
  return withRetry(parts, PATIENT, signal, async () => {
    const permit = await parts.governor.leave("page", signal);
    try {
      const found = await readTimedRow(parts, run.shape, key, run.readConsistency, signal);
      if (found) permit.release({ kind: "read", rows: 1, bytes: 0, latencyMs: found.readMs });
      return found;
    } finally {
      permit.release();
    }
  });
}
