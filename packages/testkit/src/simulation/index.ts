export type { ClusterNode } from "./cluster-node.ts";
export type { Condition } from "./condition.ts";
export { ManualClock } from "./manual-clock.ts";
export {
  type ClusterRequest,
  type Fault,
  MemoryCluster,
  type MemoryClusterOptions,
} from "./memory-cluster.ts";
export { MemoryStateStore } from "./memory-state-store.ts";
export { MemoryTable, type WriteOptions } from "./memory-table.ts";
export type { PaxosEvent, TransactionOutcome } from "./paxos-round.ts";
export {
  type ClusterListener,
  ReplicatedCluster,
  type ReplicatedClusterOptions,
} from "./replicated-cluster.ts";
export { SeededRandom } from "./seeded-random.ts";
export { type CallMoment, type Freeze, SimulatedProcess } from "./simulated-process.ts";
export type { SimulatedTableOptions } from "./simulated-table.ts";
export type { Deletion, StoredCell } from "./stored-cell.ts";
export { changeOf, MARKER, type Statement, type StatementTime, type StoredChange } from "./stored-change.ts";
export { StoredRow } from "./stored-row.ts";
export { VirtualTime } from "./virtual-time.ts";
