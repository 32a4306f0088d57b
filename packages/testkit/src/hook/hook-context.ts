import { type Clock, type PluginContext, RekeyError } from "@cassandra-rekey/core";
import { SeededRandom } from "../simulation/index.ts";

const silent = () => {};

/** What the engine gives a hook, for tests: no cluster, no secrets, one worker. */
export function hookContext(clock: Clock, changes: Partial<PluginContext> = {}): PluginContext {
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
    ...changes,
  };
}
