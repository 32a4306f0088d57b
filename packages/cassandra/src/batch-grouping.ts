import type { Groupable } from "@cassandra-rekey/core";

/** The server's thresholds for one batch, above which it logs a warning. */
export interface BatchLimits {
  readonly partitions: number;
  readonly bytes: number;
}

/** What Cassandra ships with. */
export const DEFAULT_BATCH_LIMITS: BatchLimits = { partitions: 10, bytes: 5 * 1024 };

/**
 * Puts items with the same replica set into common groups within the limits. Every item comes out once, in the order
 * given within its group; an item above the limits goes alone.
 */
export function groupByReplicas<Item extends Groupable>(
  items: readonly Item[],
  limits: BatchLimits,
  replicaSet: (token: bigint) => string,
): readonly (readonly Item[])[] {
  const groups: Item[][] = [];
  const open = new Map<string, { items: Item[]; bytes: number; partitions: number; token: bigint }>();
  for (const item of items) {
    const replicas = replicaSet(item.token);
    const group = open.get(replicas);
    const opensPartition = !group || group.token !== item.token;
    if (
      group &&
      group.bytes + item.bytes <= limits.bytes &&
      group.partitions + (opensPartition ? 1 : 0) <= limits.partitions
    ) {
      group.items.push(item);
      group.bytes += item.bytes;
      group.partitions += opensPartition ? 1 : 0;
      group.token = item.token;
    } else {
      const fresh = { items: [item], bytes: item.bytes, partitions: 1, token: item.token };
      groups.push(fresh.items);
      open.set(replicas, fresh);
    }
  }
  return groups;
}
