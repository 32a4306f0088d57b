import type { Sample } from "@cassandra-rekey/core";
import { RateDebt } from "./rate-debt.ts";
import type { Bound, TightestLimit } from "./tightest-limit.ts";

type Measure = "rows" | "bytes";
type Rates = Pick<TightestLimit, "rowsPerSecond" | "bytesPerSecond">;

/** What a page was taken to cost when it was let go. */
export type PageAdvance = Readonly<Record<Measure, number>>;

/** How fast what is known of page sizes is forgotten: one small page says little about the next. */
const MEMORY = 0.9;

/**
 * Keeps the rates of rows and bytes. A page is charged what the ones before it cost when it is let go, and the
 * difference when it is there: so pages are let go one after the other, not all at once when a debt is paid.
 */
export class RateBudget {
  readonly #debts: Readonly<Record<Measure, RateDebt>> = { rows: new RateDebt(), bytes: new RateDebt() };
  #expected: PageAdvance | undefined;
  #unmeasured = 0;

  /** Milliseconds until the next page may go. */
  waitMs(rates: Rates, nowMs: number): number {
    return Math.max(...this.#limited(rates).map(([measure]) => this.#debts[measure].waitMs(nowMs)), 0);
  }

  /** Whether the next page may go now. Until one page has told how large pages are, they go one at a time. */
  allows(rates: Rates, nowMs: number): boolean {
    if (this.#limited(rates).length === 0) return true;
    if (this.#expected === undefined && this.#unmeasured > 0) return false;
    return this.waitMs(rates, nowMs) === 0;
  }

  /** The rate that makes the next page wait longest, and for how long, milliseconds. */
  narrowest(rates: Rates, nowMs: number): { measure: Measure; bound: Bound; waitMs: number } | undefined {
    return this.#limited(rates)
      .map(([measure, bound]) => ({ measure, bound, waitMs: this.#debts[measure].waitMs(nowMs) }))
      .sort((a, b) => b.waitMs - a.waitMs)[0];
  }

  /** A page is let go. */
  pageLeaves(rates: Rates, nowMs: number): PageAdvance {
    if (this.#expected === undefined) this.#unmeasured += 1;
    const advance = this.#expected ?? { rows: 0, bytes: 0 };
    for (const [measure, { value }] of this.#limited(rates))
      this.#debts[measure].owe(advance[measure], value, nowMs);
    return advance;
  }

  /** A page is there, or failed: then it cost nothing. */
  pageEnds(advance: PageAdvance, sample: Sample | undefined, rates: Rates, nowMs: number): void {
    this.#unmeasured = Math.max(0, this.#unmeasured - 1);
    for (const [measure, { value }] of this.#limited(rates))
      this.#debts[measure].owe((sample?.[measure] ?? 0) - advance[measure], value, nowMs);
    if (!sample || sample.error !== undefined) return;
    const { rows = 0, bytes = 0 } = this.#expected ?? {};
    this.#expected = {
      rows: Math.max(sample.rows, rows * MEMORY),
      bytes: Math.max(sample.bytes, bytes * MEMORY),
    };
  }

  /** Bytes were written; the next page pays for them, because a page's own writes must not wait. */
  wrote(sample: Sample, { bytesPerSecond }: Rates, nowMs: number): void {
    if (bytesPerSecond) this.#debts.bytes.owe(sample.bytes, bytesPerSecond.value, nowMs);
  }

  #limited({ rowsPerSecond, bytesPerSecond }: Rates): (readonly [Measure, Bound])[] {
    const limited: (readonly [Measure, Bound])[] = [];
    if (rowsPerSecond) limited.push(["rows", rowsPerSecond]);
    if (bytesPerSecond) limited.push(["bytes", bytesPerSecond]);
    return limited;
  }
}
