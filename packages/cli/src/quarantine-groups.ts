import type { QuarantinedCell } from "@cassandra-rekey/engine";

/** Cells of one column in quarantine for one reason. */
export interface QuarantineGroup {
  readonly keyspace: string;
  readonly table: string;
  readonly column: string;
  readonly reason: string;
  readonly cells: number;
  readonly newestWritetime: bigint;
}

/** Counts a quarantine by table, column and reason, and keeps up to `keep` of its cells. */
export async function groupQuarantine(
  cells: AsyncIterable<QuarantinedCell>,
  keep: number,
): Promise<{ readonly groups: readonly QuarantineGroup[]; readonly kept: readonly QuarantinedCell[] }> {
  const groups = new Map<string, QuarantineGroup>();
  const kept: QuarantinedCell[] = [];
  for await (const cell of cells) {
    const { keyspace, table, column, reason, writetime } = cell;
    const id = JSON.stringify([keyspace, table, column, reason]);
    const known = groups.get(id);
    const newest = known && known.newestWritetime > writetime ? known.newestWritetime : writetime;
    groups.set(id, {
      keyspace,
      table,
      column,
      reason,
      cells: (known?.cells ?? 0) + 1,
      newestWritetime: newest,
    });
    if (kept.length < keep) kept.push(cell);
  }
  return { groups: [...groups.values()], kept };
}
