import {
  addTotals,
  type CellSource,
  type CensusEntry,
  type Clock,
  MAX_TOKEN,
  MIN_TOKEN,
  type Page,
  type Random,
  ringFraction,
  type TableShape,
  type TokenRange,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import type { Rekeyer } from "../page/rekeyer.ts";

/** What a sample of a table came to. */
export interface TableSample {
  readonly rows: number;
  readonly bytes: number;
  /** Bytes that a rekey of the sampled rows would write, keys and timestamps included. */
  readonly written: number;
  readonly census: readonly CensusEntry[];
  /** The part of the ring that was seen, from 0 to 1: 1 when that was all of it. */
  readonly fraction: number;
  readonly readMs: number;
  /** Decrypting and encrypting, which one process does one after the other. */
  readonly sealMs: number;
}

/** What {@link sampleRing} reads with. */
export interface SampleParts {
  readonly source: CellSource;
  readonly rekeyer: Rekeyer;
  readonly clock: Clock;
  readonly random: Random;
  readonly consistency: string;
  readonly pageRows: number;
}

/** Cells of a row are written with their timestamp, TTL and the like. */
const CELL_BYTES = 20;

/**
 * Reads one page from each of `count` random places of the ring, and works on it as a dry run would. Each page stands
 * for the tokens that it covers; the partition that it ends in is left out, because it may go on. A table that fits
 * into one page is read whole.
 */
export async function sampleRing(
  parts: SampleParts,
  shape: TableShape,
  count: number,
  signal: AbortSignal,
): Promise<TableSample> {
  let sample = NOTHING;
  for (let n = 0; n < count; n += 1) {
    const place = MIN_TOKEN + BigInt(Math.floor(parts.random.fraction() * 2 ** 52)) * 2n ** 12n;
    const up = await readSample(parts, shape, { after: place, upTo: MAX_TOKEN }, signal);
    if (up.fraction < ringFraction({ after: place, upTo: MAX_TOKEN })) {
      sample = add(sample, up);
      continue;
    }
    const down = await readSample(parts, shape, { after: MIN_TOKEN, upTo: place }, signal);
    const both = add(up, down);
    if (both.fraction >= 1 - 1e-12) return { ...both, fraction: 1 };
    sample = add(sample, both);
  }
  return sample;
}

const NOTHING: TableSample = { rows: 0, bytes: 0, written: 0, census: [], fraction: 0, readMs: 0, sealMs: 0 };

function add(a: TableSample, b: TableSample): TableSample {
  return {
    rows: a.rows + b.rows,
    bytes: a.bytes + b.bytes,
    written: a.written + b.written,
    census: addTotals({ ...ZERO_TOTALS, census: a.census }, { ...ZERO_TOTALS, census: b.census }).census,
    fraction: a.fraction + b.fraction,
    readMs: a.readMs + b.readMs,
    sealMs: a.sealMs + b.sealMs,
  };
}

async function readSample(
  { source, rekeyer, clock, consistency, pageRows }: SampleParts,
  shape: TableShape,
  range: TokenRange,
  signal: AbortSignal,
): Promise<TableSample> {
  const startedMs = clock.monotonicMs();
  const request = { table: shape, range, cursor: undefined, maxRows: pageRows, consistency };
  const page = await source.page(request, signal);
  const readMs = clock.monotonicMs() - startedMs;
  const { rows, covered } = completePart(page, range);
  const task = {
    ...({ table: shape, tableId: shape.name, kind: "dry-run", writeMode: "fenced" } as const),
    ...{ settleMs: 0, visit: 0 },
  };
  const work = await rekeyer.work(task, rows, page.serverTimeMs ?? clock.wallMs(), signal);
  const sealMs = clock.monotonicMs() - startedMs - readMs;
  const written = work.writes.reduce((sum, row) => sum + row.bytes + row.cells.length * CELL_BYTES, 0);
  const part = page.rows.length === 0 ? 1 : rows.length / page.rows.length;
  return {
    rows: rows.length,
    bytes: page.bytes * part,
    written,
    census: work.census,
    fraction: ringFraction(covered),
    readMs: readMs * part,
    sealMs,
  };
}

/** The rows of a page that stand for a range of tokens, and that range. */
function completePart({ rows, next }: Page, range: TokenRange): { rows: Page["rows"]; covered: TokenRange } {
  const last = rows.at(-1)?.token;
  if (next === undefined || last === undefined) return { rows, covered: range };
  const whole = rows.filter(({ token }) => token !== last);
  // A page within one wide partition: there is nothing better to go by.
  if (whole.length === 0) return { rows, covered: { after: range.after, upTo: last } };
  return { rows: whole, covered: { after: range.after, upTo: whole.at(-1)!.token } };
}
