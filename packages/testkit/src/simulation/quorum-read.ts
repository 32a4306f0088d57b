import { encodeKey, RekeyError } from "@cassandra-rekey/core";
import type { ClusterNode } from "./cluster-node.ts";
import { quorumOf } from "./quorum-write.ts";
import { compareRows, type Replica } from "./replica.ts";
import { type Deletion, reconcile } from "./stored-cell.ts";
import type { StoredChange } from "./stored-change.ts";
import { StoredRow } from "./stored-row.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a coordinator needs to read from a quorum. */
export interface ReadParts {
  readonly time: VirtualTime;
  readonly hopMs: number;
  /** Every node, in the order in which this request prefers them. */
  readonly order: readonly ClusterNode[];
  readonly replicasOf: (token: bigint) => readonly ClusterNode[];
  readonly repair: (node: ClusterNode, change: StoredChange) => void;
}

/** What one node knew of the rows at the moment of its answer. */
interface Answer {
  readonly rows: ReadonlyMap<string, { readonly token: bigint; readonly contents: StoredChange }>;
  readonly partitions: ReadonlyMap<string, Deletion>;
}

/**
 * Reads rows as a coordinator does: asks two of the three replicas of each row, each answering at a moment of its
 * own, keeps the newest of what they know, and brings that to the one that knew less before it answers.
 * Rejects with `CLUSTER.UNAVAILABLE` or `CLUSTER.TIMEOUT`.
 */
export async function readFromQuorum(
  select: (replica: Replica) => readonly StoredRow[],
  parts: ReadParts,
): Promise<readonly StoredRow[]> {
  const asked = parts.order.filter((node) => node.isUp);
  const answers = new Map<ClusterNode, Answer>();
  await Promise.all(
    asked.map(async (node) => {
      await parts.time.wait(parts.hopMs + node.slowMs);
      if (node.isUp) answers.set(node, answerOf(node.replica, select));
    }),
  );
  const merged = new Map<string, StoredRow>();
  const repairs: Promise<void>[] = [];
  for (const answer of answers.values()) {
    for (const [id, { token, contents }] of answer.rows) {
      if (merged.has(id)) continue;
      const chosen = chooseReplicas(token, asked, parts);
      if (!chosen.every((node) => answers.has(node))) {
        throw new RekeyError("CLUSTER.TIMEOUT", "made up: a replica is gone");
      }
      const row = new StoredRow(token, contents.key);
      for (const node of chosen) takeIn(row, id, answers.get(node)!);
      merged.set(id, row);
      const all = row.contents();
      for (const node of chosen) {
        if (!isSame(answers.get(node)!.rows.get(id)?.contents, all)) repairs.push(repair(node, all, parts));
      }
    }
  }
  await Promise.all(repairs);
  return [...merged.values()].sort(compareRows);
}

function answerOf(replica: Replica, select: (replica: Replica) => readonly StoredRow[]): Answer {
  const rows = select(replica).map(
    (row) => [encodeKey(row.key), { token: row.token, contents: row.contents() }] as const,
  );
  return { rows: new Map(rows), partitions: replica.partitionDeletions() };
}

function chooseReplicas(
  token: bigint,
  asked: readonly ClusterNode[],
  { replicasOf }: ReadParts,
): readonly ClusterNode[] {
  const replicas = replicasOf(token);
  const quorum = quorumOf(replicas.length);
  const chosen = asked.filter((node) => replicas.includes(node)).slice(0, quorum);
  if (chosen.length === quorum) return chosen;
  throw new RekeyError("CLUSTER.UNAVAILABLE", "made up: too few replicas are up");
}

function takeIn(row: StoredRow, id: string, { rows, partitions }: Answer): void {
  const known = rows.get(id);
  if (known) row.merge(known.contents);
  const deletion = partitions.get(encodeKey(row.key.slice(0, 1)));
  if (deletion) row.delete(deletion);
}

async function repair(node: ClusterNode, change: StoredChange, parts: ReadParts): Promise<void> {
  await parts.time.wait(parts.hopMs + node.slowMs);
  if (node.isUp && !node.isDeaf) parts.repair(node, change);
  await parts.time.wait(parts.hopMs);
}

function isSame(known: StoredChange | undefined, all: StoredChange): boolean {
  if (!known || known.cells.length !== all.cells.length) return false;
  if (known.deletion?.timestamp !== all.deletion?.timestamp) return false;
  const overwritten = new Map(all.overwritten);
  if ((known.overwritten?.length ?? 0) !== overwritten.size) return false;
  for (const [column, { timestamp }] of known.overwritten ?? []) {
    if (overwritten.get(column)?.timestamp !== timestamp) return false;
  }
  const cells = new Map(all.cells);
  return known.cells.every(([column, cell]) => {
    const other = cells.get(column);
    return other !== undefined && (other === cell || reconcile(cell, other) === cell);
  });
}
