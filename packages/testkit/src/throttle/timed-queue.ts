/** What is due at a time, earliest first; equal times in the order in which they were added. */
export class TimedQueue<Item> {
  readonly #heap: { readonly atMs: number; readonly order: number; readonly item: Item }[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  add(atMs: number, item: Item): void {
    const heap = this.#heap;
    heap.push({ atMs, order: this.#order, item });
    this.#order += 1;
    for (let at = heap.length - 1; at > 0; ) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(at, above)) break;
      [heap[at], heap[above]] = [heap[above]!, heap[at]!];
      at = above;
    }
  }

  /** Takes out what is due first, if that is before `untilMs`. */
  takeBefore(untilMs: number): { readonly atMs: number; readonly item: Item } | undefined {
    const heap = this.#heap;
    const [first] = heap;
    if (!first || first.atMs >= untilMs) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && this.#isBefore(below, least)) least = below;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!];
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }
}
