import type { Logger } from "@cassandra-rekey/core";
import type { Engine, Extension, ExtensionDescription, PartKind } from "@cassandra-rekey/engine";

/** An engine over a configuration file, with what the command line takes from that file where no flag says otherwise. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** `execution.dry_run` */
  readonly dryRun: boolean;
  /** `execution.stuck_chunk_seconds` */
  readonly stuckAfterSeconds: number;
  /** What the file says that is probably not meant. */
  readonly warnings: readonly string[];
}

/** The extensions that are there, and what is worth knowing of packages that are not used. */
export interface ExtensionList {
  readonly extensions: readonly Extension[];
  readonly notes: readonly string[];
}

/** What the commands need of the engine package; replaced in their tests. */
export interface EngineAccess {
  /** Reads the configuration and opens the engine; the caller disposes of it. */
  open(configPath: string, logger: Logger): Promise<OpenedEngine>;
  /** Checks a configuration with the options of every plugin that it names; returns its warnings. */
  check(configPath: string, logger: Logger): Promise<readonly string[]>;
  /** The JSON Schema of the whole configuration with the options of every plugin that is there. */
  schema(configPath: string): Promise<object>;
  /** Every extension that is there; imports none. The configuration file need not exist. */
  extensions(configPath: string): Promise<ExtensionList>;
  /** One extension with its options. */
  extension(
    configPath: string,
    name: string,
    kind: PartKind | undefined,
    logger: Logger,
  ): Promise<ExtensionDescription>;
}
