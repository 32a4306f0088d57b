import { RekeyError } from "@cassandra-rekey/core";
import type { ClusterNode } from "./cluster-node.ts";
import type { Hint } from "./hints.ts";
import type { StoredChange } from "./stored-change.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** What a coordinator needs to bring changes to their replicas. */
export interface WriteParts {
  readonly time: VirtualTime;
  readonly hopMs: number;
  readonly timeoutMs: number;
  readonly replicasOf: (change: StoredChange) => readonly ClusterNode[];
  readonly keepHint: (hint: Hint) => void;
  readonly apply: (node: ClusterNode, change: StoredChange) => void;
}

/**
 * Brings changes to their replicas as a coordinator does: to each as fast as it can be reached, with a hint for each
 * that could not be. Resolves when a quorum of each change's replicas has it; what is under way goes on regardless.
 * Rejects with `CLUSTER.UNAVAILABLE` before anything is sent, or with `CLUSTER.TIMEOUT`, the outcome unknown.
 */
export function writeToQuorum(changes: readonly StoredChange[], parts: WriteParts): Promise<void> {
  const { time, hopMs, timeoutMs } = parts;
  const needs = changes.map((change) => {
    const replicas = parts.replicasOf(change);
    return { change, replicas, missing: quorumOf(replicas.length) };
  });
  if (needs.some(({ replicas, missing }) => replicas.filter((node) => node.isUp).length < missing)) {
    return Promise.reject(new RekeyError("CLUSTER.UNAVAILABLE", "made up: too few replicas are up"));
  }
  return new Promise((resolve, reject) => {
    const giveUp = time.after(timeoutMs, () =>
      reject(new RekeyError("CLUSTER.TIMEOUT", "made up: too few replicas answered")),
    );
    const acknowledged = (node: ClusterNode) => {
      for (const need of needs) if (need.replicas.includes(node)) need.missing -= 1;
      if (needs.some(({ missing }) => missing > 0)) return;
      giveUp();
      resolve();
    };
    for (const node of new Set(needs.flatMap(({ replicas }) => replicas))) {
      const own = needs.filter(({ replicas }) => replicas.includes(node)).map(({ change }) => change);
      const hint = () => {
        for (const change of own) parts.keepHint({ node, change, createdMs: time.nowMs });
      };
      if (!node.isUp) {
        hint();
        continue;
      }
      time.after(hopMs + node.slowMs, () => {
        if (!node.isUp || node.isDeaf) return hint();
        for (const change of own) parts.apply(node, change);
        time.after(hopMs, () => acknowledged(node));
      });
    }
  });
}

/** How many of so many replicas are more than half. */
export function quorumOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1;
}
