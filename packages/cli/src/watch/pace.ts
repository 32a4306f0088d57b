/** When something will be done at its present pace, milliseconds from now. */
export interface Estimate {
  readonly ms: number;
  readonly earliestMs: number;
  /** `undefined` where the pace is too uneven to tell. */
  readonly latestMs: number | undefined;
}

interface Mark {
  readonly atMs: number;
  readonly fraction: number;
  readonly rows: number;
}

/** What is older says little about the pace of now, milliseconds. */
const WINDOW_MS = 600_000;
const RATE_WINDOW_MS = 30_000;
/** Below this there is too little to go by, milliseconds. */
const SHORTEST_MS = 20_000;
const SLICES = 6;

/** Follows how something advances, and tells its rate and when it will be done, with the spread that its unevenness gives. */
export class Pace {
  #marks: Mark[] = [];

  /** To be called each time that it is looked at. */
  mark(atMs: number, fraction: number, rows: number): void {
    const last = this.#marks.at(-1);
    // A later sweep begins anew.
    if (last && (fraction < last.fraction || rows < last.rows)) this.#marks = [];
    this.#marks.push({ atMs, fraction, rows });
    while (this.#marks.length > 2 && this.#marks[1]!.atMs <= atMs - WINDOW_MS) this.#marks.shift();
  }

  /** Rows a second lately; `undefined` until it was looked at twice. */
  get rowsPerSecond(): number | undefined {
    const last = this.#marks.at(-1);
    const first = this.#marks.find((mark) => mark.atMs >= (last?.atMs ?? 0) - RATE_WINDOW_MS);
    if (!last || !first || last.atMs <= first.atMs) return undefined;
    return ((last.rows - first.rows) * 1000) / (last.atMs - first.atMs);
  }

  get estimate(): Estimate | undefined {
    const [first, last] = [this.#marks[0], this.#marks.at(-1)];
    if (!first || !last || last.atMs - first.atMs < SHORTEST_MS) return undefined;
    const perMs = (last.fraction - first.fraction) / (last.atMs - first.atMs);
    if (perMs <= 0) return undefined;
    const left = 1 - last.fraction;
    const doubt = 2 * this.#standardError(first.atMs, last.atMs);
    return {
      ms: left / perMs,
      earliestMs: left / (perMs + doubt),
      latestMs: perMs > doubt ? left / (perMs - doubt) : undefined,
    };
  }

  /** Of the mean of the slices' rates. */
  #standardError(fromMs: number, toMs: number): number {
    const sliceMs = (toMs - fromMs) / SLICES;
    const rates = Array.from({ length: SLICES }, (_, slice) => {
      const from = this.#fractionAt(fromMs + slice * sliceMs);
      return (this.#fractionAt(fromMs + (slice + 1) * sliceMs) - from) / sliceMs;
    });
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / SLICES;
    const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / (SLICES - 1);
    return Math.sqrt(variance / SLICES);
  }

  /** Between two marks it is taken to advance evenly. */
  #fractionAt(atMs: number): number {
    const after = this.#marks.findIndex((mark) => mark.atMs >= atMs);
    const [b, a] = [this.#marks.at(after)!, this.#marks[Math.max(0, after - 1)]!];
    if (b.atMs <= a.atMs) return b.fraction;
    return a.fraction + ((b.fraction - a.fraction) * (atMs - a.atMs)) / (b.atMs - a.atMs);
  }
}
