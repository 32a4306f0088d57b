import { hostname } from "node:os";
import { type Job, type JobKind, type NewJob, RekeyError } from "@cassandra-rekey/core";
import { clusterParts } from "./cluster-parts.ts";
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
import { EngineResources } from "./engine-resources.ts";
import { findJob, jobIdFrom } from "./find-job.ts";
import { inJobScope, type JobScopeParts } from "./job-scope.ts";
import { keyringsOf, targetTest } from "./keyring/column-keyring.ts";
import { agreeOnKeys, passOnKeyChecks } from "./keyring/key-checks.ts";
import { Keyrings } from "./keyring/keyrings.ts";
import { openKeyrings } from "./keyring/open-keyrings.ts";
import { recordKeys } from "./keyring/record-keys.ts";
import { refuseSameKeys } from "./keyring/same-key.ts";
import { refuseOtherTokens } from "./partitioner-check.ts";
import { planReport } from "./planner/plan-report.ts";
import { type Plan, type PlannerSources, planJob } from "./planner/planner.ts";
import { estimateSize } from "./planner/size-estimate.ts";
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
import { keysOf, plannedTargets, targetsOf } from "./rollback/effective-keys.ts";
import { planRollback, type RollbackParts } from "./rollback/plan-rollback.ts";
import { runJob } from "./run-job.ts";
import { anySignal, beforeStop } from "./signals.ts";
import { readStatus } from "./status.ts";
import { runUntilClean, type SweepParts } from "./sweeps/run-until-clean.ts";
import { finishVerification } from "./verify/finish-verification.ts";
import { refuseOtherReading, verificationOf } from "./verify/verify-job.ts";

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
  readonly #resources: EngineResources;
  readonly #dependencies: EngineDependencies;

  constructor(config: LoadedConfig, dependencies: EngineDependencies) {
    this.#resources = new EngineResources(config, dependencies);
    this.#dependencies = dependencies;
  }

  check(): Promise<void> {
    return this.#resources.plugins.check();
  }

  async init(signal?: AbortSignal) {
    const store = await this.#resources.store();
    return store.init(this.#resources.until(signal));
  }

  async doctor(signal?: AbortSignal, options: DoctorOptions = {}): Promise<DoctorReport> {
    return runDoctor({
      config: this.#resources.config,
      parts: this.#resources.plugins,
      openCluster: () => this.#resources.cluster(),
      openStore: () => this.#resources.store(),
      secret: this.#resources.secret,
      clock: this.#resources.clock,
      random: this.#resources.random,
      signal: this.#resources.until(signal),
      ...options,
    });
  }

  async plan(request: Parameters<Engine["plan"]>[0] = {}): Promise<PlanReport> {
    const signal = this.#resources.until(request.signal);
    const id = request.jobId === undefined ? this.#resources.random.uuid() : jobIdFrom(request.jobId);
    const { settings } = this.#resources.config;
    const drawn = request.jobId === undefined;
    const job = { id, drawn, kind: "rekey", targets: plannedTargets(settings) } as const;
    const plan = await this.#storeJob(job, signal);
    const notes = await this.#recordKeys(id, keyringsOf(settings.tables), signal);
    return planReport({ ...plan, warnings: [...plan.warnings, ...notes] }, settings.cluster.keyspace);
  }

  async rollback(request: Parameters<Engine["rollback"]>[0]): Promise<PlanReport> {
    const signal = this.#resources.until(request.signal);
    const job = await this.#find(request.jobId, ["rekey"], signal);
    const parts: RollbackParts = {
      settings: this.#resources.config.settings,
      store: await this.#resources.store(),
      clock: this.#resources.clock,
      storeJob: (settings, targets) =>
        this.#storeJob(
          { id: this.#resources.random.uuid(), drawn: true, kind: "rekey", targets },
          signal,
          settings,
        ),
      compareKeys: ({ id }, names) => this.#recordKeys(id, names, signal),
    };
    const plan = await planRollback(parts, job, request.toVersions ?? [], signal);
    return planReport(plan, this.#resources.config.settings.cluster.keyspace);
  }

  async run(request: RunRequest = {}): Promise<RunReport> {
    const job = await this.#resources.connected(request, async () => {
      const found = await this.#find(request.jobId, ["rekey"], request.abort);
      if (found.kind !== "rekey") throw this.#wrongKind(found, "run");
      return found;
    });
    if (request.untilClean !== true) return this.#runJob(job, request);
    const { settings } = this.#resources.config;
    const parts: SweepParts = {
      store: await this.#resources.store(),
      clock: this.#resources.clock,
      random: this.#resources.random,
      maxSweeps: settings.execution.maxSweeps,
      isTarget: targetTest({ ...settings, ...keysOf(job, settings) }),
      runJob: (sweep) => this.#runJob(sweep, request),
    };
    return runUntilClean(parts, job, this.#resources.until(request.abort));
  }

  async dryRun(request: RunRequest = {}): Promise<RunReport> {
    const signal = this.#resources.until(request.abort);
    const planned = await this.#resources.connected(request, async () => {
      const found = await this.#find(request.jobId, ["rekey"], request.abort);
      if (found.kind === "verify") throw this.#wrongKind(found, "run --dry-run");
      return found;
    });
    if (planned.kind === "dry-run") return this.#runJob(planned, request);
    // A job of its own over the same tables: the rekey job's chunks stay as they are.
    await this.#tryKeys(request, planned);
    const id = this.#resources.random.uuid();
    await this.#storeJob({ id, drawn: true, kind: "dry-run", targets: targetsOf(planned) }, signal);
    await passOnKeyChecks(await this.#resources.store(), planned.id, id, signal);
    return this.#runJob(await this.#find(id, ["dry-run"], request.abort), request);
  }

  async verify(request: VerifyRequest = {}): Promise<VerifyReport> {
    const signal = this.#resources.until(request.abort);
    const session = await this.#resources.connected(request, async () => {
      await this.#resources.store();
      return this.#resources.cluster();
    });
    const { settings } = this.#resources.config;
    let id = request.jobId;
    if (id === undefined) {
      await this.#tryKeys(request);
      id = this.#resources.random.uuid();
      await this.#storeJob({ id, drawn: true, kind: "verify" }, signal, settings, (planned) =>
        verificationOf(planned, request, session, settings),
      );
    }
    const job = await this.#find(id, ["verify"], request.abort);
    if (job.kind !== "verify") throw this.#wrongKind(job, "verify");
    refuseOtherReading(job, request);
    const report = await this.#runJob(job, request);
    const store = await this.#resources.store();
    const sources = {
      settings,
      session,
      store,
      readSchema: this.#resources.readSchema,
      wallMs: this.#resources.clock.wallMs(),
    };
    return this.#resources.patiently(signal, () => finishVerification(sources, job, report, signal));
  }

  async quarantine(request: QuarantineRequest = {}): Promise<QuarantineReport> {
    const signal = this.#resources.until(request.signal);
    const job = await this.#findRekeyJob(request.jobId, signal);
    const sources: QuarantineSources = {
      store: await this.#resources.store(),
      session: await this.#resources.cluster(),
      readSchema: this.#resources.readSchema,
      keyspace: this.#resources.config.settings.cluster.keyspace,
    };
    return { jobId: job.id, cells: readQuarantine(sources, job, signal) };
  }

  async retryQuarantine(request: QuarantineRequest = {}): Promise<QuarantineRetryReport> {
    const signal = this.#resources.until(request.signal);
    const job = await this.#findRekeyJob(request.jobId, signal);
    if (job.kind !== "rekey") throw this.#wrongKind(job, "quarantine retry");
    return inJobScope(await this.#scope(), job, [signal], (parts) => retryQuarantine(parts, job, signal));
  }

  async status(jobId?: string, signal?: AbortSignal): Promise<StatusReport> {
    const job = await this.#find(jobId, ["rekey", "dry-run", "verify"], signal);
    return readStatus(await this.#resources.store(), job, this.#resources.until(signal));
  }

  pause(jobId?: string, signal?: AbortSignal): Promise<StatusReport> {
    return this.#move(jobId, ["planned", "running"], "paused", signal);
  }

  resume(jobId?: string, signal?: AbortSignal): Promise<StatusReport> {
    return this.#move(jobId, ["paused"], "running", signal);
  }

  async tune(request: Parameters<Engine["tune"]>[0]) {
    const store = await this.#resources.store();
    const until = this.#resources.until(request.signal);
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
    const store = await this.#resources.store();
    const job = await this.#find(request.jobId, ["rekey", "dry-run", "verify"], request.signal);
    const idleMs = request.stuckAfterSeconds * 1000;
    const reclaimed = await store.reclaim(job.id, idleMs, this.#resources.until(request.signal));
    return { jobId: job.id, reclaimed };
  }

  async jobs(signal?: AbortSignal): Promise<readonly Job[]> {
    return (await this.#resources.store()).jobs(this.#resources.until(signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }

  async #runJob(job: Job, request: RunRequest): Promise<RunReport> {
    const abort = this.#resources.until(request.abort);
    const scope = await this.#scope(request.workers);
    const run = () =>
      inJobScope(scope, job, [request.stop, abort], (parts) => runJob(parts, job, { ...request, abort }));
    return beforeStop(request.stop, "the job began", run);
  }

  async #scope(workers?: number): Promise<JobScopeParts> {
    const { settings } = this.#resources.config;
    const { source, sink, nodes } = await clusterParts(
      await this.#resources.cluster(),
      settings.tables,
      this.#resources.tools,
      this.#resources.closed,
    );
    return {
      shared: {
        settings,
        store: await this.#resources.store(),
        source,
        sink,
        parts: this.#resources.plugins,
        clock: this.#resources.clock,
        random: this.#resources.random,
        logger: this.#dependencies.logger,
      },
      readSchema: this.#resources.readSchema,
      nodes,
      override: this.#dependencies.override,
      workers,
    };
  }

  /** Rejects with what is wrong with the keys, so that no job is stored that could not even begin. */
  #tryKeys({ stop, abort }: StopSignals, planned?: Job): Promise<void> {
    const signal = anySignal([stop, this.#resources.until(abort)]);
    return beforeStop(stop, "the job was planned", () => this.#tryKeysUntil(signal, planned));
  }

  async #tryKeysUntil(signal: AbortSignal, planned: Job | undefined): Promise<void> {
    await using keys = new AsyncDisposableStack();
    const { settings } = this.#resources.config;
    const { main, named } = await openKeyrings(settings, this.#resources.plugins, keys, {
      signal,
      patience: this.#resources.tools,
    });
    const keyrings = new Keyrings(main, named);
    await refuseSameKeys(keyrings, keyringsOf(settings.tables), signal);
    if (!planned) return;
    const parts = { store: await this.#resources.store(), keyrings, names: keyringsOf(settings.tables) };
    await agreeOnKeys({ ...parts, host: hostname() }, planned.id, signal);
  }

  /** Lets a job know the keys here; tells of those that could not be compared, one line each. */
  async #recordKeys(jobId: string, names: readonly string[], signal: AbortSignal) {
    const { settings } = this.#resources.config;
    const parts = {
      settings,
      parts: this.#resources.plugins,
      store: await this.#resources.store(),
      tools: this.#resources.tools,
    };
    return recordKeys({ ...parts, names, host: hostname() }, jobId, signal);
  }

  async #storeJob(
    job: Parameters<typeof planJob>[0],
    signal: AbortSignal,
    settings = this.#resources.config.settings,
    change = (planned: NewJob) => planned,
  ): Promise<Plan> {
    const session = await this.#resources.cluster();
    const sources: PlannerSources = {
      readSchema: this.#resources.readSchema,
      estimateSize: (keyspace, table, until) => estimateSize(session, keyspace, table, until),
    };
    await this.#resources.patiently(signal, () => refuseOtherTokens(session, signal));
    const plan = await this.#resources.patiently(signal, () => planJob(job, settings, sources, signal));
    const store = await this.#resources.store();
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
    const store = await this.#resources.store();
    const until = this.#resources.until(signal);
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
    const store = await this.#resources.store();
    const hintWhenMissing = store.capabilities.manyHosts
      ? undefined
      : "Jobs are looked for in the local state file. If the job is in Cassandra tables, add `state: { keyspace: rekey_meta }` to the configuration.";
    return findJob(store, { jobId, kinds, hintWhenMissing }, this.#resources.until(signal));
  }

  /** The job named, or the newest that rewrites cells: what is in quarantine mostly belongs to a job that is done. */
  async #findRekeyJob(jobId: string | undefined, signal: AbortSignal): Promise<Job> {
    if (jobId !== undefined) return this.#find(jobId, ["rekey"], signal);
    const jobs = await (await this.#resources.store()).jobs(signal);
    return jobs.find((job) => job.kind === "rekey") ?? this.#find(undefined, ["rekey"], signal);
  }

  #wrongKind(job: Job, command: string): RekeyError {
    return new RekeyError(
      "JOB.STATE",
      `job ${job.id} is a ${job.kind} job, which \`${command}\` does not carry out`,
    );
  }
}
