import type { Clock, Logger, Random } from "@cassandra-rekey/core";
import type { LoadedConfig } from "./config/settings.ts";
import type { Engine } from "./engine.ts";
import type { PluginIndex } from "./plugins/plugin-index.ts";

/** What {@link openEngine} needs besides the configuration. */
export interface EngineDependencies {
  /** Which plugin packages are there; only what the configuration names is imported. */
  readonly plugins: PluginIndex;
  readonly logger: Logger;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: Random;
}
