import type { Cell, Row } from "@cassandra-rekey/core";
import { encodeKey } from "@cassandra-rekey/core";
import { MARKER, type StoredCell, type StoredChange, StoredRow } from "../../packages/testkit/src/index.ts";
import { cellsAt, cellsOf, seenAt } from "./rows.ts";
import { unsealed } from "./simulated-key.ts";

/** What became of one change of the application, as it knows it. */
export interface KnownChange {
  /** A lightweight transaction that a later one brings to its end gets newer timestamps. */
  change: StoredChange;
  state: "under way" | "acknowledged" | "unknown";
  acknowledgedMs: number;
}

/** How exact what is seen has to be. */
export interface Exactness {
  /** Seconds by which expiries may be off: the clocks' differences, and requests that took long. */
  readonly seconds: number;
  /** Whether writetimes are kept: lightweight transactions, ours too, are stamped by the server. */
  readonly keepsWritetimes: boolean;
}

/** More changes of unknown outcome than this make too many histories to tell right from wrong. */
const MOST_MAYBES = 5;

/** All that the application ever did to one row, and so what the row may look like: a rekey changes nothing of it. */
export class Truth {
  readonly #rows = new Map<string, KnownChange[]>();
  /** Goes up with each truncation: what was read before one says nothing of what is there after. */
  truncations = 0;

  /** Remembers a change of the row; `state` is set when its outcome is known. */
  add(key: readonly Uint8Array[], change: StoredChange): KnownChange {
    const known: KnownChange = { change, state: "under way", acknowledgedMs: 0 };
    const id = encodeKey(key);
    const all = this.#rows.get(id) ?? [];
    all.push(known);
    this.#rows.set(id, all);
    return known;
  }

  of(key: readonly Uint8Array[]): readonly KnownChange[] {
    return this.#rows.get(encodeKey(key)) ?? [];
  }

  /** Everything is gone; what was under way a moment ago may have come after. */
  truncate(nowMs: number, underWayMs: number): void {
    this.truncations += 1;
    for (const [id, all] of this.#rows) {
      const left = all.filter(
        ({ state, acknowledgedMs }) => state !== "acknowledged" || acknowledgedMs > nowMs - underWayMs,
      );
      for (const known of left) known.state = "unknown";
      this.#rows.set(id, left);
    }
  }

  /**
   * What is wrong with a row as it was seen, or `undefined`. `certain` are the changes that had been acknowledged
   * when the read began; any of the others may be seen or not.
   */
  judge(
    key: readonly Uint8Array[],
    seen: Row | undefined,
    nowSeconds: number,
    exactness: Exactness,
    certain: readonly KnownChange[] = this.of(key).filter(({ state }) => state === "acknowledged"),
  ): string | undefined {
    const maybes = this.of(key).filter((known) => !certain.includes(known));
    if (maybes.length > MOST_MAYBES) return undefined;
    let first: string | undefined;
    for (let chosen = 0; chosen < 2 ** maybes.length; chosen += 1) {
      const row = new StoredRow(0n, key);
      for (const { change } of certain) row.merge(change);
      for (const [index, { change }] of maybes.entries()) if (chosen & (1 << index)) row.merge(change);
      const wrong = difference(row, seen, nowSeconds, exactness);
      if (wrong === undefined) return undefined;
      first ??= wrong;
    }
    return first;
  }
}

function difference(
  row: StoredRow,
  seen: Row | undefined,
  nowSeconds: number,
  exactness: Exactness,
): string | undefined {
  for (const place of cellsAt(row.key)) {
    const wrong = cellDifference(row.stored(place), seenAt(seen, place), nowSeconds, exactness, false);
    if (wrong !== undefined) return `${place}: ${wrong}`;
  }
  const label = cellDifference(row.stored("key_version"), seen?.label, nowSeconds, exactness, true);
  if (label !== undefined) return `key_version: ${label}`;
  const marker = row.stored(MARKER);
  if (!seen && marker && isSurelyLive(marker, nowSeconds, exactness)) return "the row is gone";
  if (
    seen &&
    !seen.label &&
    cellsOf(seen).length === 0 &&
    (!marker || isSurelyGone(marker, nowSeconds, exactness))
  )
    return "the row is there, with nothing in it";
  return undefined;
}

function cellDifference(
  truth: StoredCell | undefined,
  seen: Cell | undefined,
  nowSeconds: number,
  exactness: Exactness,
  isLabel: boolean,
): string | undefined {
  if (!seen) {
    if (!truth || !isSurelyLive(truth, nowSeconds, exactness)) return undefined;
    return `lost: ${describe(truth, isLabel)} is not there`;
  }
  if (!truth || truth.kind === "tombstone")
    return `came back: ${shown(seen.value, isLabel)}, writetime ${seen.writetime}`;
  if (isSurelyGone(truth, nowSeconds, exactness)) return `outlived its expiry: ${shown(seen.value, isLabel)}`;
  const isOurs = Buffer.compare(truth.value, seen.value) !== 0;
  if (isOurs && isLabel && Buffer.from(seen.value).toString() !== "new")
    return `is ${shown(seen.value, true)}`;
  if (isOurs && !isLabel) {
    const { version, plaintext } = unsealed(seen.value);
    const wanted = unsealed(truth.value);
    if (wanted.version === "garbage") return "was written, though no key opens it";
    if (plaintext !== wanted.plaintext) return `is ${plaintext}, not ${wanted.plaintext}`;
    if (version !== "new") return `is under ${version}, which its writer did not use`;
  }
  const writetime = truth.timestamp + (isOurs ? 1n : 0n);
  if (exactness.keepsWritetimes && seen.writetime !== writetime)
    return `has writetime ${seen.writetime}, not ${writetime}`;
  return expiryDifference(truth, seen, nowSeconds, isOurs ? exactness.seconds : 0);
}

function expiryDifference(
  truth: StoredCell,
  seen: Cell,
  nowSeconds: number,
  seconds: number,
): string | undefined {
  const wanted = truth.kind === "expiring" ? truth.expiresAt : undefined;
  const expiry = seen.ttl === undefined ? undefined : nowSeconds + seen.ttl;
  if (wanted === undefined || expiry === undefined) {
    return wanted === expiry ? undefined : `expires at ${expiry}, not ${wanted}`;
  }
  return Math.abs(expiry - wanted) <= seconds ? undefined : `expires at ${expiry}, not ${wanted}`;
}

function isSurelyLive(cell: StoredCell, nowSeconds: number, { seconds }: Exactness): boolean {
  return cell.kind === "live" || (cell.kind === "expiring" && nowSeconds < cell.expiresAt - seconds);
}

function isSurelyGone(cell: StoredCell, nowSeconds: number, { seconds }: Exactness): boolean {
  return cell.kind === "tombstone" || (cell.kind === "expiring" && nowSeconds >= cell.expiresAt + seconds);
}

function describe(cell: StoredCell, isLabel: boolean): string {
  return cell.kind === "tombstone" ? "a deletion" : shown(cell.value, isLabel);
}

function shown(value: Uint8Array, isLabel: boolean): string {
  if (isLabel) return Buffer.from(value).toString();
  const { version, plaintext } = unsealed(value);
  return `${plaintext} under ${version}`;
}
