/** Only views of short beginnings are kept: so many lengths at most. */
const LONGEST_KEPT = 4096;

/**
 * Memory that is used over and over, and its beginnings of any length. The values of a column have few lengths, and a
 * view of a buffer costs as much as half a hash: each is made once.
 */
export class Desk {
  readonly bytes: Buffer;
  readonly #views = new Map<number, Buffer>();

  constructor(length: number) {
    this.bytes = Buffer.alloc(length);
  }

  /** The first so many bytes. */
  first(length: number): Buffer {
    let view = this.#views.get(length);
    if (!view) {
      view = this.bytes.subarray(0, length);
      if (length <= LONGEST_KEPT) this.#views.set(length, view);
    }
    return view;
  }
}
