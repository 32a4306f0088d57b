import { type Clock, RekeyError, type ThrottleContext } from "@cassandra-rekey/core";
import { SeededRandom } from "../simulation/index.ts";

const silent = () => {};

/** What the engine gives a throttle, for tests: no cluster, no secrets, one worker, one table `app.users`. */
export function throttleContext(clock: Clock, changes: Partial<ThrottleContext> = {}): ThrottleContext {
  return {
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock,
    random: new SeededRandom(1),
    signal: new AbortController().signal,
    secret: async () => {
      throw new RekeyError("CONFIG.SECRET_MISSING", "this test has no secrets");
    },
    cluster: async () => ({}),
    workers: 1,
    liveWorkers: () => 1,
    job: { id: "11111111-2222-3333-4444-555555555555", tables: [{ keyspace: "app", name: "users" }] },
    ...changes,
  };
}
