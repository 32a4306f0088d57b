import {
  type Checkpoint,
  type Claim,
  encodeKey,
  type InitReport,
  type Job,
  type JobState,
  type Lease,
  type LeaseOutcome,
  type NewJob,
  type QuarantineEntry,
  RekeyError,
  type StateStore,
  type TableProgress,
  type WorkerReport,
} from "@cassandra-rekey/core";
import { StoreModel } from "../src/state-store/store-model.ts";

/** What all stores on one memory share. */
export class Memory {
  readonly jobs = new Map<string, StoreModel>();
  readonly createdAt = new Map<string, number>();
  readonly quarantine = new Map<string, { readonly jobId: string; readonly entry: QuarantineEntry }>();
  readonly workers = new Map<string, { readonly jobId: string; readonly report: WorkerReport }>();
  /** The latest lease of each chunk, which only a flawed store looks at. */
  readonly latest = new Map<string, Lease>();
  nowMs = 0;
}

/** A store without any storage, over the suite's own model: sound, so that its flawed children show what the suite finds. */
export class MemoryStore implements StateStore {
  readonly capabilities = { manyHosts: false, checkpointIntervalMs: 0 };
  readonly memory: Memory;

  constructor(memory: Memory) {
    this.memory = memory;
  }

  async init(): Promise<InitReport> {
    return { changes: [] };
  }

  async createJob(job: NewJob): Promise<void> {
    if (this.memory.jobs.has(job.id)) throw new RekeyError("JOB.STATE", "planned already");
    this.memory.jobs.set(job.id, new StoreModel(job));
    this.memory.createdAt.set(job.id, this.memory.nowMs);
  }

  async job(jobId: string): Promise<Job | undefined> {
    const model = this.memory.jobs.get(jobId);
    if (!model) return undefined;
    return {
      id: jobId,
      kind: model.job.kind,
      state: model.jobState,
      createdAt: this.memory.createdAt.get(jobId)!,
      tables: model.job.tables.map(({ ranges, ...table }) => ({ ...table, chunks: ranges.length })),
      origin: "cassandra-rekey",
    };
  }

  async jobs(): Promise<readonly Job[]> {
    const jobs = await Promise.all([...this.memory.jobs.keys()].map((id) => this.job(id)));
    return jobs.filter((job) => job !== undefined).sort((a, b) => b.createdAt - a.createdAt);
  }

  async transition(jobId: string, from: readonly JobState[], to: JobState) {
    return this.model(jobId).transition(from, to);
  }

  async claim(jobId: string, worker: string, leaseMs: number): Promise<Claim> {
    const model = this.model(jobId);
    const { nowMs } = this.memory;
    const claimable = model.claimable(nowMs);
    const chosen = claimable[Math.floor(claimable.length / 3)];
    if (chosen) return { kind: "chunk", ...model.take(chosen, worker, leaseMs, nowMs)! };
    return model.withoutChunk(nowMs) === "done" ? { kind: "done" } : { kind: "wait", ms: 100 };
  }

  async checkpoint(lease: Lease, checkpoint: Checkpoint): Promise<LeaseOutcome> {
    return this.model(lease.jobId).checkpoint(lease, checkpoint, this.memory.nowMs);
  }

  async finish(lease: Lease, checkpoint: Checkpoint): Promise<LeaseOutcome> {
    return this.model(lease.jobId).end(lease, checkpoint, { state: "done" });
  }

  async release(lease: Lease, checkpoint: Checkpoint): Promise<LeaseOutcome> {
    return this.model(lease.jobId).end(lease, checkpoint, { state: "pending" });
  }

  async fail(lease: Lease, checkpoint: Checkpoint, error: string, final: boolean): Promise<LeaseOutcome> {
    return this.model(lease.jobId).end(lease, checkpoint, { state: final ? "failed" : "pending", error });
  }

  async reopenYoung(jobId: string): Promise<number> {
    return this.model(jobId).reopenYoung();
  }

  async reopenFailed(jobId: string): Promise<number> {
    return this.model(jobId).reopenFailed();
  }

  async reclaim(jobId: string, idleMs: number): Promise<number> {
    return this.model(jobId).reclaim(idleMs, this.memory.nowMs);
  }

  async progress(jobId: string): Promise<readonly TableProgress[]> {
    const model = this.model(jobId);
    return model.progress().map((table) => ({ ...table, lastError: model.errors(table.table).at(-1) }));
  }

  async quarantine(jobId: string, entries: readonly QuarantineEntry[]): Promise<void> {
    this.model(jobId);
    for (const entry of entries) this.memory.quarantine.set(nameOf(jobId, entry), { jobId, entry });
  }

  async *quarantined(jobId: string): AsyncIterable<QuarantineEntry> {
    for (const kept of this.memory.quarantine.values()) if (kept.jobId === jobId) yield kept.entry;
  }

  async unquarantine(jobId: string, entries: readonly QuarantineEntry[]): Promise<void> {
    for (const entry of entries) this.memory.quarantine.delete(nameOf(jobId, entry));
  }

  async report(jobId: string, report: WorkerReport): Promise<void> {
    this.memory.workers.set(JSON.stringify([jobId, report.worker]), { jobId, report });
  }

  async workers(jobId: string): Promise<readonly WorkerReport[]> {
    const kept = [...this.memory.workers.values()].filter((worker) => worker.jobId === jobId);
    return kept.map(({ report }) => ({ ...report, ageSeconds: 0 }));
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  protected model(jobId: string): StoreModel {
    const model = this.memory.jobs.get(jobId);
    if (!model) throw new RekeyError("JOB.NOT_FOUND", "no such job");
    return model;
  }
}

function nameOf(jobId: string, { table, column, key }: QuarantineEntry): string {
  return JSON.stringify([jobId, table, column, encodeKey(key)]);
}
