import {
  type HookContext,
  type KeyContext,
  type PluginContext,
  RekeyError,
  type ThrottleContext,
} from "@cassandra-rekey/core";
import { ManualClock, SeededRandom } from "./simulation/index.ts";

/** What a test may say about a context. */
type Changes<Context extends PluginContext> = Partial<Context> & {
  /** What the context's `secret` gives, by the name of the environment variable or file. */
  readonly secrets?: Readonly<Record<string, string>>;
};

const silent = () => {};

/** What the engine gives a plugin part, for tests: time stands still, no cluster, one worker, and the secrets given. */
export function pluginContext({ secrets = {}, ...changes }: Changes<PluginContext> = {}): PluginContext {
  return {
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: new ManualClock(),
    random: new SeededRandom(1),
    signal: new AbortController().signal,
    async secret(ref) {
      const name = "env" in ref ? ref.env : ref.file;
      const secret = secrets[name];
      if (secret !== undefined) return Buffer.from(secret);
      throw new RekeyError("CONFIG.SECRET_MISSING", `this test has no secret ${name}`);
    },
    cluster: async () => ({}),
    workers: 1,
    ...changes,
  };
}

/** {@link pluginContext} for a provider: the target key of version `v1`, unless said otherwise. */
export function keyContext({
  keyVersion = "v1",
  use = "target",
  ...changes
}: Changes<KeyContext> = {}): KeyContext {
  return { ...pluginContext(changes), keyVersion, use };
}

/** {@link pluginContext} for a hook. */
export function hookContext(clock: HookContext["clock"], changes: Changes<HookContext> = {}): HookContext {
  return pluginContext({ clock, ...changes });
}

/** {@link pluginContext} for a throttle: one worker on one table, `app.users`. */
export function throttleContext(
  clock: ThrottleContext["clock"],
  { liveWorkers = () => 1, job = JOB, ...changes }: Changes<ThrottleContext> = {},
): ThrottleContext {
  return { ...pluginContext({ clock, ...changes }), liveWorkers, job };
}

const JOB: ThrottleContext["job"] = {
  id: "11111111-2222-3333-4444-555555555555",
  tables: [{ keyspace: "app", name: "users" }],
};
