import type {
  CellSink,
  CellSource,
  Clock,
  Logger,
  Random,
  StateStore,
  Throttle,
} from "@cassandra-rekey/core";
import type { Settings } from "./config/settings.ts";
import type { Crew } from "./executor/crew.ts";
import type { NodeStates } from "./executor/outage-watch.ts";
import type { NamedHook } from "./hooks/hook-dispatcher.ts";
import type { KeyCalls } from "./keyring/key-calls.ts";
import type { Keyrings } from "./keyring/keyrings.ts";
import type { ReadSchema } from "./tables/resolve-tables.ts";

/** What a run is made of, ready and open. */
export interface RunParts {
  readonly settings: Settings;
  readonly store: StateStore;
  readonly keyrings: Keyrings;
  readonly source: CellSource;
  readonly sink: CellSink;
  readonly readSchema: ReadSchema;
  /** Which nodes are down; where it is left out, none ever is. */
  readonly nodes?: NodeStates;
  readonly throttles: readonly Throttle[];
  readonly hooks: readonly NamedHook[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly identity: { readonly host: string; readonly pid: number };
  /** What the throttles know of the job's workers; a new one when left out. */
  readonly crew?: Crew;
  /** Where the keys tell of their calls to a key service. */
  readonly keyCalls?: KeyCalls;
}
