import type { Random } from "@cassandra-rekey/core";
import type { ClusterNode } from "./cluster-node.ts";

/** Which nodes hold what: as many as the replication factor says, each next to the other. */
export class Placement {
  readonly #nodes: readonly ClusterNode[];
  readonly #token: (partitionKey: Uint8Array) => bigint;
  readonly #count: number;

  constructor(
    nodes: readonly ClusterNode[],
    replicationFactor: number,
    token: (partitionKey: Uint8Array) => bigint,
  ) {
    this.#nodes = nodes;
    this.#token = token;
    this.#count = Math.min(replicationFactor, nodes.length);
  }

  of(key: readonly Uint8Array[]): readonly ClusterNode[] {
    return this.at(this.#token(key[0]!));
  }

  at(token: bigint): readonly ClusterNode[] {
    return this.#from(this.first(token));
  }

  /** The first of a token's replicas stands for all of them. */
  first(token: bigint): number {
    return Number(BigInt.asUintN(64, token) % BigInt(this.#nodes.length));
  }

  /** The replicas of every token there may be. */
  get sets(): readonly (readonly ClusterNode[])[] {
    return this.#nodes.map((_, first) => this.#from(first));
  }

  /** Every node, in the order in which one request prefers them. */
  shuffled(random: Random): readonly ClusterNode[] {
    const left = [...this.#nodes];
    const order: ClusterNode[] = [];
    while (left.length > 0) order.push(...left.splice(Math.floor(random.fraction() * left.length), 1));
    return order;
  }

  #from(first: number): readonly ClusterNode[] {
    const { length } = this.#nodes;
    return Array.from({ length: this.#count }, (_, step) => this.#nodes[(first + step) % length]!);
  }
}
