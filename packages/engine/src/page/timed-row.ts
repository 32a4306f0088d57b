import type { CellSource, Clock, Row, TableShape } from "@cassandra-rekey/core";
import type { ReadMoment } from "../writer/fence.ts";
import { isExpiryInDoubt, MOST_TURNS } from "./expiry-doubt.ts";

/** One row with the moment at which it was read. */
export interface TimedRow {
  readonly row: Row;
  readonly serverTimeMs: number;
  readonly moment: ReadMoment;
  readonly readMs: number;
}

/** Reads one row, again while its expiries are in doubt, as pages are; `undefined` when there is none. Retries are the caller's. */
export async function readTimedRow(
  { source, clock }: { readonly source: CellSource; readonly clock: Clock },
  table: TableShape,
  key: readonly Uint8Array[],
  consistency: string,
  signal: AbortSignal,
): Promise<TimedRow | undefined> {
  let best: TimedRow | undefined;
  for (let turn = 1; ; turn += 1) {
    const wallMs = clock.wallMs();
    const monotonicMs = clock.monotonicMs();
    const found = await source.row(table, key, consistency, signal);
    if (!found) return undefined;
    const readMs = clock.monotonicMs() - monotonicMs;
    const doubtMs = readMs / 2;
    const serverMs = found.serverTimeMs - doubtMs;
    const timed = { ...found, readMs, moment: { wallMs, monotonicMs, serverMs, doubtMs } };
    if (!isExpiryInDoubt({ rows: [found.row], serverTimeMs: found.serverTimeMs, readMs })) return timed;
    if (!best || readMs < best.readMs) best = timed;
    if (turn >= MOST_TURNS) return best;
  }
}
