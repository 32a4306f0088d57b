import type { Hook } from "@cassandra-rekey/core";

/** The hook to be held to the contract. */
export interface HookConformance {
  readonly name: string;
  /** The suite disposes of what it makes. */
  readonly create: () => Promise<Hook>;
  /** All that hooks of this conformance have put out so far: lines, requests, metrics. Searched for primary keys. */
  readonly output?: () => Promise<string>;
}
