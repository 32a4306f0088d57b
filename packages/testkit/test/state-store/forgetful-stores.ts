import type { Claim, Job, KeyCheck, NewJob, QuarantineEntry, WorkerReport } from "@cassandra-rekey/core";
import { MemoryStateStore } from "../../src/index.ts";

class TargetForgotten extends MemoryStateStore {
  override createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    const tables = job.tables.map(({ targetVersion: _, keyringTargets: __, ...table }) => table);
    return super.createJob({ ...job, tables }, signal);
  }
}

class ReplicaForgotten extends MemoryStateStore {
  override createJob(job: NewJob, signal: AbortSignal): Promise<void> {
    const tables = job.tables.map(({ replica: _, readConsistency: __, ...table }) => table);
    return super.createJob({ ...job, tables }, signal);
  }
}

class WorkersForEver extends MemoryStateStore {
  readonly #reports = new Map<string, WorkerReport>();
  override report(jobId: string, report: WorkerReport, signal: AbortSignal) {
    this.#reports.set(`${jobId} ${report.worker}`, report);
    return super.report(jobId, report, signal);
  }
  override async workers(jobId: string): Promise<readonly WorkerReport[]> {
    const own = [...this.#reports].filter(([id]) => id.startsWith(jobId));
    return own.map(([, report]) => ({ ...report, ageSeconds: 0 }));
  }
}

/** `LIMIT 100 OFFSET n`, as long as a page has entries. */
class PagedByNumber extends MemoryStateStore {
  override async *quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry> {
    for (let offset = 0; ; offset += 100) {
      const page = (await Array.fromAsync(super.quarantined(jobId, signal))).slice(offset, offset + 100);
      if (page.length === 0) return;
      yield* page;
    }
  }
}

/** One statement that inserts or updates all, which SQL refuses for two rows of one key. */
class OneStatement extends MemoryStateStore {
  override async quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal) {
    const places = entries.map(({ table, column, key }) => `${table} ${column} ${key}`);
    if (new Set(places).size < places.length) throw new TypeError("cannot affect row a second time");
    await super.quarantine(jobId, entries, signal);
  }
}

class FinishedFromTheStart extends MemoryStateStore {
  override async job(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    const job = await super.job(jobId, signal);
    return job && { ...job, finishedAt: job.finishedAt ?? 0 };
  }
  override async jobs(signal: AbortSignal): Promise<readonly Job[]> {
    return (await super.jobs(signal)).map((job) => ({ ...job, finishedAt: job.finishedAt ?? 0 }));
  }
}

class FinishedInSeconds extends MemoryStateStore {
  override async job(jobId: string, signal: AbortSignal): Promise<Job | undefined> {
    const job = await super.job(jobId, signal);
    return job?.finishedAt ? { ...job, finishedAt: job.finishedAt / 1000 } : job;
  }
}

class WaitsForEver extends MemoryStateStore {
  override async claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const claim = await super.claim(jobId, worker, leaseMs, signal);
    return claim.kind === "wait" ? { kind: "wait", ms: Number.POSITIVE_INFINITY } : claim;
  }
}

class CaseIgnored extends MemoryStateStore {
  override async keepKeyChecks(jobId: string, checks: readonly KeyCheck[], signal: AbortSignal) {
    const known = await super.keyChecks(jobId, signal);
    const lower = ({ keyring, version }: KeyCheck) => `${keyring} ${version}`.toLowerCase();
    const fresh = checks.filter((check) => !known.some((one) => lower(one) === lower(check)));
    return super.keepKeyChecks(jobId, fresh, signal);
  }
}

class ReasonsCut extends MemoryStateStore {
  override report(jobId: string, report: WorkerReport, signal: AbortSignal) {
    return super.report(jobId, { ...report, waiting: report.waiting?.slice(0, 40) }, signal);
  }
}

class ErrorsCut extends MemoryStateStore {
  override fail(...[lease, checkpoint, error, ...rest]: Parameters<MemoryStateStore["fail"]>) {
    return super.fail(lease, checkpoint, error.slice(0, 255), ...rest);
  }
  override quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal) {
    const cut = entries.map((entry) => ({ ...entry, reason: entry.reason.slice(0, 255) }));
    return super.quarantine(jobId, cut, signal);
  }
}

/** Stores that pass over something that a database of its author's passes over, and a case of the suite that finds it. */
export const FORGETFUL = {
  "a rollback's target is not kept": [TargetForgotten, "a job comes back as it was planned"],
  "the replica to be read is not kept": [ReplicaForgotten, "a job comes back as it was planned"],
  "a job that goes on is finished": [
    FinishedFromTheStart,
    "a job tells when it became done, and nothing of the kind before",
  ],
  "a job's end is in seconds": [
    FinishedInSeconds,
    "a job tells when it became done, and nothing of the kind before",
  ],
  "a worker waits without end": [WaitsForEver, "a worker waits while others hold what is left"],
  "the quarantine is read by numbered pages": [PagedByNumber, "a long quarantine is read to its end"],
  "what is said twice in one call is refused": [
    OneStatement,
    "the quarantine keeps one entry for each table, key and column",
  ],
  "dead workers stay": [WorkersForEver, "a worker's latest report replaces its earlier ones"],
  "a long reason is cut": [ReasonsCut, "a worker's latest report replaces its earlier ones"],
  "a long error is cut": [ErrorsCut, "a failed attempt is counted once, keeps its progress and says why"],
  "a long reason of a cell is cut": [
    ErrorsCut,
    "the quarantine keeps one entry for each table, key and column",
  ],
  "versions are compared without their case": [
    CaseIgnored,
    "the first key check of a keyring and version stays, and those that come later are told of it",
  ],
} as const satisfies Record<string, readonly [typeof MemoryStateStore, string]>;
