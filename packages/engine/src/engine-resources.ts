import { type ClusterSession, openCluster, SchemaReader } from "@cassandra-rekey/cassandra";
import { type Clock, type Random, RekeyError, type StateStore, untilAborted } from "@cassandra-rekey/core";
import { connectionSettings } from "./cluster-connection.ts";
import { secretReader } from "./config/secrets.ts";
import type { LoadedConfig } from "./config/settings.ts";
import type { StopSignals } from "./engine.ts";
import type { EngineDependencies } from "./engine-dependencies.ts";
import { PluginParts } from "./plugin-parts.ts";
import { PATIENT, type RetryTools, withRetry } from "./retry.ts";
import { anySignal, beforeStop } from "./signals.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";
import type { ReadSchema } from "./tables/resolve-tables.ts";

/** Rows a page of what is read besides the tables themselves. */
const LARGEST_PAGE_ROWS = 1000;

/** What an engine works with. The cluster and the state store are opened when they are first asked for, and closed with it. */
export class EngineResources implements AsyncDisposable {
  readonly config: LoadedConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly plugins: PluginParts;
  readonly tools: RetryTools;
  readonly secret: ReturnType<typeof secretReader>;
  readonly #dependencies: EngineDependencies;
  readonly #stack = new AsyncDisposableStack();
  readonly #closed = new AbortController();
  #session: Promise<ClusterSession> | undefined;
  #isConnected = false;
  #store: Promise<StateStore> | undefined;

  constructor(config: LoadedConfig, dependencies: EngineDependencies) {
    const { logger } = dependencies;
    this.config = config;
    this.#dependencies = dependencies;
    this.clock = dependencies.clock ?? systemClock;
    this.random = dependencies.random ?? systemRandom;
    this.tools = {
      clock: this.clock,
      random: this.random,
      onRetry: (attempt, code) => logger.warn({ code, attempt }, "trying again"),
    };
    this.secret = secretReader({
      env: dependencies.env ?? process.env,
      directory: config.directory,
      warn: (message) => logger.warn({}, message),
    });
    this.plugins = new PluginParts({
      config,
      plugins: dependencies.plugins,
      logger,
      clock: this.clock,
      random: this.random,
      signal: this.#closed.signal,
      secret: this.secret,
      cluster: () => this.cluster(),
      workers: config.settings.execution.workers,
    });
  }

  /** Aborts when the engine is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  cluster(): Promise<ClusterSession> {
    this.#session ??= this.#connect();
    return untilAborted(this.#session, this.closed);
  }

  /**
   * What `first` gives, once the cluster is connected to as well. Nothing is in hand before that, so a stop need not wait
   * for a cluster that does not answer.
   */
  async connected<Result>({ stop, abort }: StopSignals, first: () => Promise<Result>): Promise<Result> {
    const both = async () => {
      const result = await first();
      await this.cluster();
      return result;
    };
    if (this.#isConnected) return both();
    const signal = anySignal([stop, this.until(abort)]);
    return beforeStop(stop, "the cluster was connected to", () => untilAborted(both(), signal));
  }

  store(): Promise<StateStore> {
    this.#store ??= this.plugins.stateStore().then((store) => {
      this.#stack.use(this.plugins.closer("stateStores", this.config.settings.state, store));
      return store;
    });
    return this.#store;
  }

  readonly readSchema: ReadSchema = async (keyspace, table, signal) =>
    new SchemaReader(await this.cluster()).table(keyspace, table, signal);

  patiently<Result>(signal: AbortSignal, attempt: () => Promise<Result>): Promise<Result> {
    return withRetry(this.tools, PATIENT, signal, attempt);
  }

  /** A signal that aborts with this one, or when the engine is closed. */
  until(signal: AbortSignal | undefined): AbortSignal {
    return anySignal([signal, this.closed]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new RekeyError("INTERRUPTED", "the engine was closed"));
    await this.#stack.disposeAsync();
  }

  async #connect(): Promise<ClusterSession> {
    const { settings } = this.config;
    const connection = await connectionSettings(settings.cluster, {
      config: this.config,
      secret: this.secret,
    });
    // Where the server refuses large pages, execution.page_size is what everything has to keep to.
    const pageRows = Math.min(LARGEST_PAGE_ROWS, settings.execution.pageSize);
    const session = await openCluster(
      { ...connection, pageRows },
      { clock: this.clock, logger: this.#dependencies.logger },
    );
    if (this.#stack.disposed) {
      // Nobody would close it any more.
      await session[Symbol.asyncDispose]();
      throw this.closed.reason;
    }
    this.#isConnected = true;
    return this.#stack.use(session);
  }
}
