import type { Clock, Logger, Random } from "@cassandra-rekey/core";
import type { Override } from "./compose.ts";
import type { PluginIndex } from "./plugins/plugin-index.ts";

/** What `openEngine` needs besides the configuration. */
export interface EngineDependencies {
  /** Which plugin packages are there; only what the configuration names is imported. */
  readonly plugins: PluginIndex;
  readonly logger: Logger;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Replaces parts in the container of each run. */
  readonly override?: Override;
}
