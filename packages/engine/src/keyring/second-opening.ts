import type { EncryptionKey, Opened } from "@cassandra-rekey/core";
import { sharesMemory } from "./own-memory.ts";

/** Multiples of it spread evenly between 0 and 1, however many are taken (Knuth, volume 3, section 6.4). */
const GOLDEN_RATIO = 0.618_033_988_749_895;

/** Picks cells to be opened again, one after the other in all parts of the batches; the last of a batch to begin with. */
export class SampledPlaces {
  readonly #known = new WeakSet<EncryptionKey>();
  #fraction = 0;

  /**
   * The place of a cell that `key` opened. `undefined` when it opened none, or when it was asked for a single one and has
   * shown before what it gives out: nothing can be mixed up there.
   */
  opened(key: EncryptionKey, results: readonly Opened[]): number | undefined {
    const places: number[] = [];
    results.forEach((result, place) => {
      if ("plaintext" in result) places.push(place);
    });
    if (places.length === 0 || (results.length === 1 && this.#known.has(key))) return undefined;
    this.#known.add(key);
    return places[this.of(places.length)];
  }

  /** A place in a batch of so many cells. */
  of(cells: number): number {
    const place = cells - 1 - Math.floor(this.#fraction * cells);
    this.#fraction = (this.#fraction + GOLDEN_RATIO) % 1;
    return place;
  }
}

/**
 * Whether a cell that was opened again is what it was in its batch, in memory of its own: memory that the batch's results
 * share is used again by whoever gave it out. Wipes the second plaintext.
 */
export function isOpenedAlike(place: number, results: readonly Opened[], again: Opened): boolean {
  const first = results[place]!;
  if (!("plaintext" in first && "plaintext" in again)) return false;
  const isShared = results.some(
    (result) => "plaintext" in result && sharesMemory(result.plaintext, again.plaintext),
  );
  const isAlike = !isShared && Buffer.compare(first.plaintext, again.plaintext) === 0;
  again.plaintext.fill(0);
  return isAlike;
}
