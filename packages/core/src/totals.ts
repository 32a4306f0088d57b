import { mergeOutages, type Outage } from "./outage.ts";

/** How many cells one key version protects in one column. */
export interface CensusEntry {
  readonly column: string;
  /** The key's version label, or {@link UNKNOWN_VERSION} for cells that no key opens. */
  readonly keyVersion: string;
  readonly cells: number;
  /** The newest writetime among them, microseconds. */
  readonly newestWritetime: bigint;
}

/** The census label of cells that no key of the keyring opens. */
export const UNKNOWN_VERSION = "(unknown)";

/** What a chunk's attempts have done so far. Absolute, so that storing the same totals twice counts nothing twice. */
export interface Totals {
  readonly scanned: number;
  /** Rows of which at least one cell was rewritten. */
  readonly rekeyed: number;
  /** Rows that needed no write. */
  readonly skipped: number;
  /** Rows that an application write won (LWT mode; a fenced write is not told). */
  readonly raced: number;
  /** Rows with at least one cell that no key opens. */
  readonly quarantined: number;
  readonly cellsRekeyed: number;
  /** Cells under a previous key left for a later visit because they were younger than `settle`. */
  readonly young: number;
  readonly bytes: number;
  /** What the cells were under when they were read. */
  readonly census: readonly CensusEntry[];
  /** Nodes that were down while rows were written; absent without any. */
  readonly outages?: readonly Outage[];
}

/** Totals of nothing. */
export const ZERO_TOTALS: Totals = {
  scanned: 0,
  rekeyed: 0,
  skipped: 0,
  raced: 0,
  quarantined: 0,
  cellsRekeyed: 0,
  young: 0,
  bytes: 0,
  census: [],
};

/** Adds two totals; census entries of the same column and key version are merged. */
export function addTotals(a: Totals, b: Totals): Totals {
  const outages = mergeOutages(a.outages ?? [], b.outages ?? []);
  return {
    scanned: a.scanned + b.scanned,
    rekeyed: a.rekeyed + b.rekeyed,
    skipped: a.skipped + b.skipped,
    raced: a.raced + b.raced,
    quarantined: a.quarantined + b.quarantined,
    cellsRekeyed: a.cellsRekeyed + b.cellsRekeyed,
    young: a.young + b.young,
    bytes: a.bytes + b.bytes,
    census: mergeCensus(a.census, b.census),
    ...(outages.length > 0 && { outages }),
  };
}

function mergeCensus(a: readonly CensusEntry[], b: readonly CensusEntry[]): readonly CensusEntry[] {
  const merged = new Map<string, CensusEntry>();
  for (const entry of [...a, ...b]) {
    const id = JSON.stringify([entry.column, entry.keyVersion]);
    const known = merged.get(id);
    merged.set(
      id,
      known
        ? {
            ...known,
            cells: known.cells + entry.cells,
            newestWritetime:
              entry.newestWritetime > known.newestWritetime ? entry.newestWritetime : known.newestWritetime,
          }
        : entry,
    );
  }
  return [...merged.values()];
}

/** Totals as JSON text; bigints become strings. */
export function encodeTotals(totals: Totals): string {
  return JSON.stringify(totals, (_, value) => (typeof value === "bigint" ? value.toString() : value));
}

/** The reverse of {@link encodeTotals}; missing counters read as zero, so older records stay readable. */
export function decodeTotals(text: string | null | undefined): Totals {
  if (!text) return ZERO_TOTALS;
  const stored = JSON.parse(text) as Partial<Totals>;
  return {
    ...ZERO_TOTALS,
    ...stored,
    census: (stored.census ?? []).map((entry) => ({
      ...entry,
      newestWritetime: BigInt(entry.newestWritetime),
    })),
  };
}
