export { ManualClock } from "./manual-clock.ts";
export {
  type ClusterRequest,
  type Fault,
  MemoryCluster,
  type MemoryClusterOptions,
} from "./memory-cluster.ts";
export { MemoryStateStore } from "./memory-state-store.ts";
export { MemoryTable, type MemoryTableOptions, type WriteOptions } from "./memory-table.ts";
export { SeededRandom } from "./seeded-random.ts";
export { VirtualTime } from "./virtual-time.ts";
