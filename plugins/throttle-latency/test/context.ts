import { type Clock, type PluginContext, RekeyError } from "@cassandra-rekey/core";
import { SeededRandom } from "@cassandra-rekey/testkit";

const silent = () => {};

/** What the engine gives a throttle. */
export function contextOf(clock: Clock): PluginContext {
  return {
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock,
    random: new SeededRandom(1),
    signal: new AbortController().signal,
    secret: async () => {
      throw new RekeyError("CONFIG.SECRET_MISSING", "a throttle has no secret");
    },
    cluster: async () => ({}),
    workers: 1,
  };
}
