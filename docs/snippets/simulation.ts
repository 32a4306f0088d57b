import {
  ManualClock,
  MemoryCluster,
  MemoryStateStore,
  SeededRandom,
  VirtualTime,
} from "@cassandra-rekey/testkit";

/** A world in memory: the engine's ports and a state store over one virtual time. */
export function simulatedWorld(seed: number) {
  const time = new VirtualTime();
  const random = new SeededRandom(seed);
  return {
    time,
    clock: new ManualClock(time, 250), // this host's wall clock is 250 ms ahead
    cluster: new MemoryCluster(time, { latencyMs: 2 }), // CellSource and CellSink
    store: new MemoryStateStore(new ManualClock(time), random),
  };
}
