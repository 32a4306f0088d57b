/** When the server lets a cell expire, by the wall clock; nobody outside knows it to the millisecond. */
export interface Expiry {
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** What a write of the application put into a cell; `undefined` is a delete. */
export interface Version {
  readonly text: string | undefined;
  readonly expiry?: Expiry;
}

/** What is wrong with a cell as it was read. */
export type Damage = "lost" | "resurrected" | "wrong value";

/** When a read began and ended, by the wall clock. */
export interface ReadTime {
  readonly fromMs: number;
  readonly toMs: number;
}

const NEVER: Expiry = { earliestMs: Number.POSITIVE_INFINITY, latestMs: Number.POSITIVE_INFINITY };

/**
 * What one cell may hold: what was acknowledged last, or any write since then whose outcome nobody knows. One writer
 * at a time.
 */
export class CellHistory {
  readonly #texts = new Set<string>();
  #acknowledged: Version;
  #doubtful: Version[] = [];

  constructor(first: Version) {
    this.#acknowledged = first;
    this.#remember(first);
  }

  /** Takes note of a write that has ended. */
  wrote(version: Version, outcome: "acknowledged" | "unknown"): void {
    this.#remember(version);
    if (outcome === "unknown") {
      this.#doubtful.push(version);
      return;
    }
    this.#acknowledged = version;
    // Dated before the one that was acknowledged: they lose whenever they land.
    this.#doubtful = [];
  }

  /** What a read should have found, in words. */
  get expected(): string {
    return [this.#acknowledged, ...this.#doubtful].map(({ text }) => text ?? "nothing").join(" or ");
  }

  /** Judges what a read found; `undefined` for an empty cell. */
  judge(found: string | undefined, read: ReadTime): Damage | undefined {
    if (found !== undefined && !this.#texts.has(found)) return "wrong value";
    const versions = [this.#acknowledged, ...this.#doubtful];
    if (versions.some((version) => mayShow(version, found, read))) return undefined;
    if (found === undefined) return "lost";
    const liveOnes = versions.filter(
      ({ text, expiry = NEVER }) => text !== undefined && read.toMs < expiry.earliestMs,
    );
    return liveOnes.length > 0 ? "lost" : "resurrected";
  }

  #remember({ text }: Version): void {
    if (text !== undefined) this.#texts.add(text);
  }
}

function mayShow({ text, expiry = NEVER }: Version, found: string | undefined, read: ReadTime): boolean {
  if (text === undefined) return found === undefined;
  if (found === undefined) return read.toMs > expiry.earliestMs;
  return found === text && read.fromMs < expiry.latestMs;
}
