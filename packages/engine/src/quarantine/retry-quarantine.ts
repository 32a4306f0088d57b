import { encodeKey, type Job, type QuarantineEntry } from "@cassandra-rekey/core";
import { isRowsOwn } from "../executor/row-isolation.ts";
import { createTableRun, type TableRun } from "../executor/table-run.ts";
import { Governor } from "../governor/governor.ts";
import { refuseLosers } from "../keyring/refuse-losers.ts";
import type { QuarantineRetryReport } from "../reports.ts";
import { PATIENT, withRetry } from "../retry.ts";
import type { RunParts } from "../run-parts.ts";
import { anySignal } from "../signals.ts";
import { resolveTables } from "../tables/resolve-tables.ts";
import { SettleTime } from "../writer/settle-time.ts";
import { type CellFate, type RowRetryParts, retryRow } from "./retry-row.ts";

/** Entries that are looked at together: so many keys are in memory at a time. */
const BATCH = 1_000;

/**
 * Tries every quarantined cell of a rekey job again, with the keyring as it is now. What turned out well is forgotten
 * in the store; the rest stays as it is, cell and entry, and so does a row that fails of itself where others pass.
 */
export async function retryQuarantine(
  parts: RunParts,
  job: Job,
  signal: AbortSignal,
): Promise<QuarantineRetryReport> {
  const { settings, store, source, sink, clock, random } = parts;
  const governor = new Governor(parts.throttles, settings.execution.maxInFlight, clock);
  const writing = { sink, governor, clock, random };
  const resolved = await withRetry(parts, PATIENT, signal, () =>
    resolveTables(job, settings, parts.readSchema, signal),
  );
  await withRetry(parts, PATIENT, signal, () => refuseLosers(parts.keyrings, resolved, signal));
  const tables = new Map<string, TableRun>();
  for (const table of resolved)
    tables.set(table.table.id, createTableRun(job, table, settings, writing, source, parts.keyrings));
  const row: RowRetryParts = {
    ...{ source, governor, clock, random },
    settle: new SettleTime(settings.execution.settleSeconds * 1000),
  };
  const counts: Record<CellFate, number> = { rekeyed: 0, gone: 0, left: 0 };
  let tried = 0;
  let trouble: unknown;
  const failed = new AbortController();
  const going = anySignal([signal, failed.signal]);
  const tryAll = async (entries: readonly QuarantineEntry[]) => {
    const rows = [
      ...Map.groupBy(entries, ({ table, key }) => `${table} ${encodeKey(key)}`).values(),
    ].values();
    const work = async () => {
      for (const own of rows) {
        const fates = await retryRow(row, tables.get(own[0]!.table)!, own, going).catch((error: unknown) => {
          if (!isRowsOwn(error)) throw error;
          trouble ??= error;
          return new Map(own.map((entry): [QuarantineEntry, CellFate] => [entry, "left"]));
        });
        const over = own.filter((entry) => fates.get(entry) !== "left");
        if (over.length > 0)
          await withRetry(parts, PATIENT, going, () => store.unquarantine(job.id, over, going));
        for (const fate of fates.values()) counts[fate] += 1;
      }
    };
    const stopping = () =>
      work().catch((error: unknown) => {
        failed.abort(error);
        throw error;
      });
    // Nothing is under way any more when the first error is thrown: the keys are closed after it.
    const ends = await Promise.allSettled(Array.from({ length: settings.execution.workers }, stopping));
    if (ends.some(({ status }) => status === "rejected")) throw going.reason;
  };
  const ended = new AbortController();
  const listening = governor.listen(ended.signal);
  try {
    let batch: QuarantineEntry[] = [];
    for await (const entry of store.quarantined(job.id, signal)) {
      tried += 1;
      batch.push(entry);
      if (batch.length < BATCH) continue;
      await tryAll(batch);
      batch = [];
    }
    await tryAll(batch);
  } finally {
    ended.abort();
    await listening;
  }
  // What no row got past is nobody's own.
  if (trouble !== undefined && counts.rekeyed === 0) throw trouble;
  return { jobId: job.id, tried, ...counts };
}
