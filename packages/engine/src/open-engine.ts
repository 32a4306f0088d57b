import { hostname } from "node:os";
import { type ClusterSession, openCluster, SchemaReader } from "@cassandra-rekey/cassandra";
import {
  type Clock,
  type Job,
  type JobKind,
  type NewJob,
  type Random,
  RekeyError,
  type StateStore,
} from "@cassandra-rekey/core";
import { connectionSettings } from "./cluster-connection.ts";
import { clusterParts } from "./cluster-parts.ts";
import { secretReader } from "./config/secrets.ts";
import type { LoadedConfig } from "./config/settings.ts";
import { runDoctor } from "./doctor/doctor.ts";
import type {
  DoctorOptions,
  Engine,
  QuarantineRequest,
  RunRequest,
  StopSignals,
  VerifyRequest,
} from "./engine.ts";
import type { EngineDependencies } from "./engine-dependencies.ts";
import { findJob, jobIdFrom } from "./find-job.ts";
import { inJobScope, type JobScopeParts } from "./job-scope.ts";
import { keyringsOf, targetTest } from "./keyring/column-keyring.ts";
import { agreeOnKeys, passOnKeyChecks } from "./keyring/key-checks.ts";
import { Keyrings } from "./keyring/keyrings.ts";
import { openKeyrings } from "./keyring/open-keyrings.ts";
import { recordKeys } from "./keyring/record-keys.ts";
import { refuseSameKeys } from "./keyring/same-key.ts";
import { planReport } from "./planner/plan-report.ts";
import { type Plan, type PlannerSources, planJob } from "./planner/planner.ts";
import { estimateSize } from "./planner/size-estimate.ts";
import { PluginParts } from "./plugin-parts.ts";
import { type QuarantineSources, readQuarantine } from "./quarantine/read-quarantine.ts";
import { retryQuarantine } from "./quarantine/retry-quarantine.ts";
import type {
  DoctorReport,
  PlanReport,
  QuarantineReport,
  QuarantineRetryReport,
  RunReport,
  StatusReport,
  VerifyReport,
} from "./reports.ts";
import { PATIENT, type RetryTools, withRetry } from "./retry.ts";
import { keysOf, plannedTargets, targetsOf } from "./rollback/effective-keys.ts";
import { planRollback, type RollbackParts } from "./rollback/plan-rollback.ts";
import { runJob } from "./run-job.ts";
import { anySignal, beforeStop, untilAborted } from "./signals.ts";
import { readStatus } from "./status.ts";
import { runUntilClean, type SweepParts } from "./sweeps/run-until-clean.ts";
import { systemClock } from "./system-clock.ts";
import { systemRandom } from "./system-random.ts";
import type { ReadSchema } from "./tables/resolve-tables.ts";
import { finishVerification } from "./verify/finish-verification.ts";
import { verificationOf } from "./verify/verify-job.ts";

/** Rows a page of what is read besides the tables themselves. */
const LARGEST_PAGE_ROWS = 1000;

/**
 * Opens the engine over a configuration. The plugins that it names are imported and their options checked, all of them,
 * so that what is wrong is said before anything is touched. Nothing is connected to before it is needed.
 */
export async function openEngine(config: LoadedConfig, dependencies: EngineDependencies): Promise<Engine> {
  const engine = new RotationEngine(config, dependencies);
  await engine.check();
  return engine;
}

class RotationEngine implements Engine {
  readonly #config: LoadedConfig;
  readonly #dependencies: EngineDependencies;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #parts: PluginParts;
  readonly #tools: RetryTools;
  readonly #stack = new AsyncDisposableStack();
  readonly #closed = new AbortController();
  readonly #secret: ReturnType<typeof secretReader>;
  #session: Promise<ClusterSession> | undefined;
  #isConnected = false;
  #store: Promise<StateStore> | undefined;

  constructor(config: LoadedConfig, dependencies: EngineDependencies) {
    this.#config = config;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    this.#random = dependencies.random ?? systemRandom;
    this.#tools = {
      clock: this.#clock,
      random: this.#random,
      onRetry: (attempt, code) => dependencies.logger.warn({ code, attempt }, "trying again"),
    };
    this.#secret = secretReader({
      env: dependencies.env ?? process.env,
      directory: config.directory,
      warn: (message) => dependencies.logger.warn({}, message),
    });
    this.#parts = new PluginParts({
      config,
      plugins: dependencies.plugins,
      logger: dependencies.logger,
      clock: this.#clock,
      random: this.#random,
      signal: this.#closed.signal,
      secret: this.#secret,
      cluster: () => this.#cluster(),
      workers: config.settings.execution.workers,
    });
  }

  check(): Promise<void> {
    return this.#parts.check();
  }

  async init(signal?: AbortSignal) {
    const store = await this.#openStore();
    return store.init(this.#until(signal));
  }

  async doctor(signal?: AbortSignal, options: DoctorOptions = {}): Promise<DoctorReport> {
    return runDoctor({
      config: this.#config,
      parts: this.#parts,
      openCluster: () => this.#cluster(),
      openStore: () => this.#openStore(),
      secret: this.#secret,
      clock: this.#clock,
      random: this.#random,
      signal: this.#until(signal),
      ...options,
    });
  }

  async plan(request: Parameters<Engine["plan"]>[0] = {}): Promise<PlanReport> {
    const signal = this.#until(request.signal);
    const id = request.jobId === undefined ? this.#random.uuid() : jobIdFrom(request.jobId);
    const { settings } = this.#config;
    const drawn = request.jobId === undefined;
    const job = { id, drawn, kind: "rekey", targets: plannedTargets(settings) } as const;
    const plan = await this.#storeJob(job, signal);
    const notes = await this.#recordKeys(id, keyringsOf(settings.tables), signal);
    return planReport({ ...plan, warnings: [...plan.warnings, ...notes] }, settings.cluster.keyspace);
  }

  async rollback(request: Parameters<Engine["rollback"]>[0]): Promise<PlanReport> {
    const signal = this.#until(request.signal);
    const job = await this.#find(request.jobId, ["rekey"], signal);
    const parts: RollbackParts = {
      settings: this.#config.settings,
      store: await this.#openStore(),
      storeJob: (settings, targets) =>
        this.#storeJob({ id: this.#random.uuid(), drawn: true, kind: "rekey", targets }, signal, settings),
      compareKeys: ({ id }, names) => this.#recordKeys(id, names, signal),
    };
    const plan = await planRollback(parts, job, request.toVersions ?? [], signal);
    return planReport(plan, this.#config.settings.cluster.keyspace);
  }

  async run(request: RunRequest = {}): Promise<RunReport> {
    const job = await this.#connected(request, async () => {
      const found = await this.#find(request.jobId, ["rekey"], request.abort);
      if (found.kind !== "rekey") throw this.#wrongKind(found, "run");
      return found;
    });
    if (request.untilClean !== true) return this.#runJob(job, request);
    const { settings } = this.#config;
    const parts: SweepParts = {
      store: await this.#openStore(),
      clock: this.#clock,
      random: this.#random,
      maxSweeps: settings.execution.maxSweeps,
      isTarget: targetTest({ ...settings, ...keysOf(job, settings) }),
      runJob: (sweep) => this.#runJob(sweep, request),
    };
    return runUntilClean(parts, job, this.#until(request.abort));
  }

  async dryRun(request: RunRequest = {}): Promise<RunReport> {
    const signal = this.#until(request.abort);
    const planned = await this.#connected(request, async () => {
      const found = await this.#find(request.jobId, ["rekey"], request.abort);
      if (found.kind === "verify") throw this.#wrongKind(found, "run --dry-run");
      return found;
    });
    if (planned.kind === "dry-run") return this.#runJob(planned, request);
    // A job of its own over the same tables: the rekey job's chunks stay as they are.
    await this.#tryKeys(request, planned);
    const id = this.#random.uuid();
    await this.#storeJob({ id, drawn: true, kind: "dry-run", targets: targetsOf(planned) }, signal);
    await passOnKeyChecks(await this.#openStore(), planned.id, id, signal);
    return this.#runJob(await this.#find(id, ["dry-run"], request.abort), request);
  }

  async verify(request: VerifyRequest = {}): Promise<VerifyReport> {
    const signal = this.#until(request.abort);
    const session = await this.#connected(request, async () => {
      await this.#openStore();
      return this.#cluster();
    });
    const { settings } = this.#config;
    let id = request.jobId;
    if (id === undefined) {
      await this.#tryKeys(request);
      id = this.#random.uuid();
      await this.#storeJob({ id, drawn: true, kind: "verify" }, signal, settings, (planned) =>
        verificationOf(planned, request, session, settings),
      );
    }
    const job = await this.#find(id, ["verify"], request.abort);
    if (job.kind !== "verify") throw this.#wrongKind(job, "verify");
    const report = await this.#runJob(job, request);
    const store = await this.#openStore();
    const sources = { settings, session, store, readSchema: this.#readSchema, wallMs: this.#clock.wallMs() };
    return this.#patiently(signal, () => finishVerification(sources, job, report, signal));
  }

  async quarantine(request: QuarantineRequest = {}): Promise<QuarantineReport> {
    const signal = this.#until(request.signal);
    const job = await this.#findRekeyJob(request.jobId, signal);
    const sources: QuarantineSources = {
      store: await this.#openStore(),
      session: await this.#cluster(),
      readSchema: this.#readSchema,
      keyspace: this.#config.settings.cluster.keyspace,
    };
    return { jobId: job.id, cells: readQuarantine(sources, job, signal) };
  }

  async retryQuarantine(request: QuarantineRequest = {}): Promise<QuarantineRetryReport> {
    const signal = this.#until(request.signal);
    const job = await this.#findRekeyJob(request.jobId, signal);
    if (job.kind !== "rekey") throw this.#wrongKind(job, "quarantine retry");
    return inJobScope(await this.#scope(), job, [signal], (parts) => retryQuarantine(parts, job, signal));
  }

  async status(jobId?: string, signal?: AbortSignal): Promise<StatusReport> {
    const job = await this.#find(jobId, ["rekey", "dry-run", "verify"], signal);
    return readStatus(await this.#openStore(), job, this.#until(signal));
  }

  pause(jobId?: string, signal?: AbortSignal): Promise<StatusReport> {
    return this.#move(jobId, ["planned", "running"], "paused", signal);
  }

  resume(jobId?: string, signal?: AbortSignal): Promise<StatusReport> {
    return this.#move(jobId, ["paused"], "running", signal);
  }

  async tune(request: Parameters<Engine["tune"]>[0]) {
    const store = await this.#openStore();
    const until = this.#until(request.signal);
    const job = await this.#find(request.jobId, ["rekey", "dry-run", "verify"], request.signal);
    if (Object.keys(request.change).length === 0) {
      const controls = await store.controls(job.id, until);
      return { jobId: job.id, state: job.state, ...controls };
    }
    if (job.state === "done") throw new RekeyError("JOB.STATE", `job ${job.id} is done and cannot be tuned`);
    const controls = await store.tune(job.id, request.change, request.by, until);
    return { jobId: job.id, state: job.state, ...controls };
  }

  async janitor(request: Parameters<Engine["janitor"]>[0]) {
    const store = await this.#openStore();
    const job = await this.#find(request.jobId, ["rekey", "dry-run", "verify"], request.signal);
    const idleMs = request.stuckAfterSeconds * 1000;
    const reclaimed = await store.reclaim(job.id, idleMs, this.#until(request.signal));
    return { jobId: job.id, reclaimed };
  }

  async jobs(signal?: AbortSignal): Promise<readonly Job[]> {
    return (await this.#openStore()).jobs(this.#until(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new RekeyError("INTERRUPTED", "the engine was closed"));
    await this.#stack.disposeAsync();
  }

  async #runJob(job: Job, request: RunRequest): Promise<RunReport> {
    const abort = this.#until(request.abort);
    const scope = await this.#scope(request.workers);
    const run = () =>
      inJobScope(scope, job, [request.stop, abort], (parts) => runJob(parts, job, { ...request, abort }));
    return beforeStop(request.stop, "the job began", run);
  }

  async #scope(workers?: number): Promise<JobScopeParts> {
    const { settings } = this.#config;
    const { source, sink, nodes } = await clusterParts(
      await this.#cluster(),
      settings.tables,
      this.#tools,
      this.#closed.signal,
    );
    return {
      shared: {
        settings,
        store: await this.#openStore(),
        source,
        sink,
        parts: this.#parts,
        clock: this.#clock,
        random: this.#random,
        logger: this.#dependencies.logger,
      },
      readSchema: this.#readSchema,
      nodes,
      override: this.#dependencies.override,
      workers,
    };
  }

  /** Rejects with what is wrong with the keys, so that no job is stored that could not even begin. */
  #tryKeys({ stop, abort }: StopSignals, planned?: Job): Promise<void> {
    const signal = anySignal([stop, this.#until(abort)]);
    return beforeStop(stop, "the job was planned", () => this.#tryKeysUntil(signal, planned));
  }

  async #tryKeysUntil(signal: AbortSignal, planned: Job | undefined): Promise<void> {
    await using keys = new AsyncDisposableStack();
    const { settings } = this.#config;
    const { main, named } = await openKeyrings(settings, this.#parts, keys, {
      signal,
      patience: this.#tools,
    });
    const keyrings = new Keyrings(main, named);
    await refuseSameKeys(keyrings, keyringsOf(settings.tables), signal);
    if (!planned) return;
    const parts = { store: await this.#openStore(), keyrings, names: keyringsOf(settings.tables) };
    await agreeOnKeys({ ...parts, host: hostname() }, planned.id, signal);
  }

  /** Lets a job know the keys here; tells of those that could not be compared, one line each. */
  async #recordKeys(jobId: string, names: readonly string[], signal: AbortSignal) {
    const { settings } = this.#config;
    const parts = { settings, parts: this.#parts, store: await this.#openStore(), tools: this.#tools };
    return recordKeys({ ...parts, names, host: hostname() }, jobId, signal);
  }

  async #storeJob(
    job: Parameters<typeof planJob>[0],
    signal: AbortSignal,
    settings = this.#config.settings,
    change = (planned: NewJob) => planned,
  ): Promise<Plan> {
    const session = await this.#cluster();
    const sources: PlannerSources = {
      readSchema: this.#readSchema,
      estimateSize: (keyspace, table, until) => estimateSize(session, keyspace, table, until),
    };
    const plan = await this.#patiently(signal, () => planJob(job, settings, sources, signal));
    const store = await this.#openStore();
    if (await store.job(job.id, signal))
      throw new RekeyError("JOB.STATE", `job ${job.id} is planned already`);
    await store.createJob(change(plan.job), signal);
    return plan;
  }

  async #move(
    jobId: string | undefined,
    from: readonly Job["state"][],
    to: Job["state"],
    signal: AbortSignal | undefined,
  ): Promise<StatusReport> {
    const store = await this.#openStore();
    const until = this.#until(signal);
    const job = await this.#find(jobId, ["rekey", "dry-run", "verify"], signal);
    const { state } = await store.transition(job.id, from, to, until);
    if (state !== to) {
      const verb = to === "paused" ? "paused" : "resumed";
      throw new RekeyError("JOB.STATE", `job ${job.id} is ${state} and cannot be ${verb}`);
    }
    return readStatus(store, { ...job, state }, until);
  }

  async #find(
    jobId: string | undefined,
    kinds: readonly JobKind[],
    signal: AbortSignal | undefined,
  ): Promise<Job> {
    const store = await this.#openStore();
    const hintWhenMissing = store.capabilities.manyHosts
      ? undefined
      : "Jobs are looked for in the local state file. If the job is in Cassandra tables, add `state: { keyspace: rekey_meta }` to the configuration.";
    return findJob(store, { jobId, kinds, hintWhenMissing }, this.#until(signal));
  }

  /** The job named, or the newest that rewrites cells: what is in quarantine mostly belongs to a job that is done. */
  async #findRekeyJob(jobId: string | undefined, signal: AbortSignal): Promise<Job> {
    if (jobId !== undefined) return this.#find(jobId, ["rekey"], signal);
    const jobs = await (await this.#openStore()).jobs(signal);
    return jobs.find((job) => job.kind === "rekey") ?? this.#find(undefined, ["rekey"], signal);
  }

  #wrongKind(job: Job, command: string): RekeyError {
    return new RekeyError(
      "JOB.STATE",
      `job ${job.id} is a ${job.kind} job, which \`${command}\` does not carry out`,
    );
  }

  #cluster(): Promise<ClusterSession> {
    this.#session ??= this.#connect();
    return untilAborted(this.#session, this.#closed.signal);
  }

  /**
   * What `first` gives, once the cluster is connected to as well. Nothing is in hand before that, so a stop need not wait
   * for a cluster that does not answer.
   */
  async #connected<Result>({ stop, abort }: StopSignals, first: () => Promise<Result>): Promise<Result> {
    const both = async () => {
      const result = await first();
      await this.#cluster();
      return result;
    };
    if (this.#isConnected) return both();
    const signal = anySignal([stop, this.#until(abort)]);
    return beforeStop(stop, "the cluster was connected to", () => untilAborted(both(), signal));
  }

  async #connect(): Promise<ClusterSession> {
    const { settings } = this.#config;
    const connection = await connectionSettings(settings.cluster, {
      config: this.#config,
      secret: this.#secret,
    });
    // Where the server refuses large pages, execution.page_size is what everything has to keep to.
    const pageRows = Math.min(LARGEST_PAGE_ROWS, settings.execution.pageSize);
    const session = await openCluster(
      { ...connection, pageRows },
      { clock: this.#clock, logger: this.#dependencies.logger },
    );
    if (this.#stack.disposed) {
      // Nobody would close it any more.
      await session[Symbol.asyncDispose]();
      throw this.#closed.signal.reason;
    }
    this.#isConnected = true;
    return this.#stack.use(session);
  }

  #openStore(): Promise<StateStore> {
    this.#store ??= this.#parts.stateStore().then((store) => {
      this.#stack.use(this.#parts.closer("stateStores", this.#config.settings.state, store));
      return store;
    });
    return this.#store;
  }

  #patiently<Result>(signal: AbortSignal, attempt: () => Promise<Result>): Promise<Result> {
    return withRetry(this.#tools, PATIENT, signal, attempt);
  }

  readonly #readSchema: ReadSchema = async (keyspace, table, signal) =>
    new SchemaReader(await this.#cluster()).table(keyspace, table, signal);

  #until(signal: AbortSignal | undefined): AbortSignal {
    return anySignal([signal, this.#closed.signal]);
  }
}
