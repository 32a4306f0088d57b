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
  return sumTotals([a, b]);
}

/** Adds up any number of totals at once, as {@link addTotals} does two: a job may have tens of thousands of chunks. */
export function sumTotals(all: Iterable<Totals>): Totals {
  const sum = { ...ZERO_TOTALS } as { -readonly [Name in keyof Totals]: Totals[Name] };
  const census = new Map<string, Map<string, CensusEntry>>();
  const outages: Outage[] = [];
  for (const one of all) {
    for (const name of COUNTERS) sum[name] += one[name];
    for (const entry of one.census) addEntry(census, entry);
    if (one.outages) outages.push(...one.outages);
  }
  const merged = mergeOutages([], outages);
  return {
    ...sum,
    census: [...census.values()].flatMap((versions) => [...versions.values()]),
    ...(merged.length > 0 && { outages: merged }),
  };
}

const COUNTERS = [
  "scanned",
  "rekeyed",
  "skipped",
  "raced",
  "quarantined",
  "cellsRekeyed",
  "young",
  "bytes",
] as const;

function addEntry(census: Map<string, Map<string, CensusEntry>>, entry: CensusEntry): void {
  let versions = census.get(entry.column);
  if (!versions) {
    versions = new Map();
    census.set(entry.column, versions);
  }
  const known = versions.get(entry.keyVersion);
  versions.set(
    entry.keyVersion,
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
