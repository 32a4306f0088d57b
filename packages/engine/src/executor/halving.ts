/** What became of a batch that was tried in ever smaller parts. */
export interface Halved<Item, Result> {
  /** Of the parts that passed. */
  readonly results: readonly Result[];
  readonly failed: readonly { readonly item: Item; readonly error: unknown }[];
}

/**
 * Tries both halves of a batch that failed as a whole, and halves again what fails, down to single items. An error
 * that is not an item's own ends the search, and so does more than `most` failing items: then it is not the items.
 */
export async function tryInHalves<Item, Result>(
  items: readonly Item[],
  attempt: (part: readonly Item[]) => Promise<Result>,
  limits: { readonly isItemsOwn: (error: unknown) => boolean; readonly most: number },
): Promise<Halved<Item, Result>> {
  const results: Result[] = [];
  const failed: { item: Item; error: unknown }[] = [];
  const waiting = items.length === 1 ? [items] : halves(items);
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    try {
      results.push(await attempt(part));
    } catch (error) {
      if (!limits.isItemsOwn(error)) throw error;
      if (part.length > 1) {
        waiting.unshift(...halves(part));
        continue;
      }
      failed.push({ item: part[0]!, error });
      if (failed.length > limits.most) throw error;
    }
  }
  return { results, failed };
}

function halves<Item>(items: readonly Item[]): (readonly Item[])[] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}
