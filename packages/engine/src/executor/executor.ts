import {
  type Clock,
  isRekeyError,
  type Job,
  type Random,
  RekeyError,
  type StateStore,
} from "@cassandra-rekey/core";
import type { HookDispatcher } from "../hooks/hook-dispatcher.ts";
import type { RunProgress } from "../reports.ts";
import { PATIENT, withRetry } from "../retry.ts";
import { anySignal } from "../signals.ts";
import type { SettleTime } from "../writer/settle-time.ts";
import type { ChunkRunner } from "./chunk-runner.ts";
import type { Crew } from "./crew.ts";
import type { DriftCheck } from "./drift-check.ts";
import { failureText } from "./failure-text.ts";
import { HeldChunk } from "./held-chunk.ts";
import type { HeldChunks } from "./held-chunks.ts";
import type { JobWatch } from "./job-watch.ts";
import type { TableRun } from "./table-run.ts";

/** What a run is at. */
export type RunPhase = RunProgress["phase"];

/** What an {@link Executor} is made of. */
export interface ExecutorParts {
  readonly job: Job;
  readonly store: StateStore;
  readonly runner: ChunkRunner;
  readonly tables: ReadonlyMap<string, TableRun>;
  readonly watch: JobWatch;
  readonly hooks: HookDispatcher;
  readonly clock: Clock;
  readonly random: Random;
  /** How many workers there are to be; may change while they work. */
  readonly crew: Crew;
  readonly held: HeldChunks;
  readonly workerName: (index: number) => string;
  readonly leaseMs: number;
  readonly checkpointIntervalMs: number;
  readonly maxAttempts: number;
  readonly settle: SettleTime;
  /** Asked before each claim, when it answers from memory most of the time, and after each refused query. */
  readonly checkDrift: DriftCheck;
  readonly onPhase: (phase: RunPhase) => void;
}

/** How an aborted run is given a moment to hand its leases back, milliseconds. */
const FAREWELL_MS = 1_000;
/** How often a worker without work looks for some, milliseconds. */
const IDLE_MS = 500;

/**
 * Runs a job's workers until nothing is left to claim: first the sweep, then one more visit of the chunks that left
 * young cells. The first error that is not a chunk's own stops all workers, each after its page in hand.
 */
export class Executor {
  readonly #parts: ExecutorParts;
  readonly #halt = new AbortController();
  #failure: unknown;
  #phase: RunPhase = "sweep";
  readonly #dismissed = new Map<string, () => boolean>();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** Whether a worker gives its chunk back after the page in hand. */
  async shouldYield(worker: string, stop: AbortSignal, abort: AbortSignal): Promise<boolean> {
    if (stop.aborted || this.#halt.signal.aborted || this.#dismissed.get(worker)?.()) return true;
    return (await this.#patiently(abort, () => this.#parts.watch.state())) === "paused";
  }

  /** Resolves as `complete` when every chunk is done or failed, as `stopped` after a stop. */
  async run(stop: AbortSignal, abort: AbortSignal): Promise<"complete" | "stopped"> {
    const { job, store, clock, settle } = this.#parts;
    this.#enter("sweep");
    await this.#sweep(stop, abort);
    if (stop.aborted) return "stopped";
    const left = job.kind === "rekey" ? await this.#left(abort) : "nothing";
    if (left === "nothing") return "complete";
    if (left === "young") {
      this.#enter("settling");
      const waiting = anySignal([stop, abort]);
      await clock.sleep(settle.ms, waiting).catch(() => {});
      abort.throwIfAborted();
      if (stop.aborted) return "stopped";
      // Another process may have reopened them already: then this one helps with what is there.
      await this.#patiently(abort, () => store.reopenYoung(job.id, abort));
    }
    this.#enter("young");
    await this.#sweep(stop, abort);
    return stop.aborted ? "stopped" : "complete";
  }

  #enter(phase: RunPhase): void {
    this.#phase = phase;
    this.#parts.onPhase(phase);
  }

  /** What the sweep left. Chunks are open again where another process was quicker: without them the job is not done. */
  async #left(abort: AbortSignal): Promise<"young" | "reopened" | "nothing"> {
    const { job, store } = this.#parts;
    const progress = await this.#patiently(abort, () => store.progress(job.id, abort));
    if (progress.some((table) => table.totals.young > 0)) return "young";
    return progress.some(({ chunks }) => chunks.pending + chunks.running > 0) ? "reopened" : "nothing";
  }

  async #sweep(stop: AbortSignal, abort: AbortSignal): Promise<void> {
    const { crew } = this.#parts;
    const working = new Map<number, Promise<void>>();
    let isOver = false;
    const fill = () => {
      for (let index = 0; index < crew.own && !isOver; index += 1) {
        if (working.has(index)) continue;
        const ended = this.#work(index, stop, abort).then((how) => {
          working.delete(index);
          isOver ||= how === "over";
        });
        working.set(index, ended);
      }
    };
    using _ = crew.onResize(fill);
    fill();
    while (working.size > 0) await Promise.all(working.values());
    abort.throwIfAborted();
    if (this.#failure) throw this.#failure;
  }

  /** Works until the sweep is over, or until the crew is to be smaller. */
  async #work(index: number, stop: AbortSignal, abort: AbortSignal): Promise<"over" | "dismissed"> {
    const quiet = anySignal([stop, abort, this.#halt.signal]);
    const worker = this.#parts.workerName(index);
    const isDismissed = () => index >= this.#parts.crew.own;
    this.#dismissed.set(worker, isDismissed);
    try {
      while (!quiet.aborted) {
        if (isDismissed()) return "dismissed";
        // What is left may be in the hands of workers here, and the last of them to end is not to be waited for any longer.
        const { emptied } = this.#parts.held;
        const wait = await this.#turn(worker, quiet, abort);
        if (wait === "done") return "over";
        if (wait > 0) await this.#parts.clock.sleep(wait, anySignal([quiet, emptied])).catch(() => {});
      }
    } catch (error) {
      this.#failure ??= error;
      this.#halt.abort();
    }
    return "over";
  }

  /** One claim and its chunk. Tells how long to wait before the next, or that nothing is left. */
  async #turn(worker: string, quiet: AbortSignal, abort: AbortSignal): Promise<number | "done"> {
    const { job, store, clock, random, watch, leaseMs, onPhase } = this.#parts;
    if ((await this.#patiently(abort, () => watch.state())) === "paused") {
      onPhase("paused");
      return IDLE_MS;
    }
    // Taken before the claim: a pause that comes in between is one for this chunk as well.
    const { pause } = watch;
    onPhase(this.#phase);
    await this.#patiently(abort, () => this.#parts.checkDrift());
    await this.#parts.hooks.heard(abort);
    const claimedAtMs = clock.monotonicMs();
    const claim = await this.#patiently(abort, () => store.claim(job.id, worker, leaseMs, abort));
    if (claim.kind === "done") return "done";
    if (claim.kind === "wait") return Math.min(Math.max(claim.ms, 50), IDLE_MS * 2);
    const { checkpointIntervalMs, hooks } = this.#parts;
    const place = { jobId: job.id, table: claim.chunk.table, chunkId: claim.chunk.id };
    const onLate = (leftMs: number) => hooks.emit({ type: "lease.late", ...place, leftMs });
    await using held = new HeldChunk(
      { store, clock, random, ...claim, leaseMs, claimedAtMs, checkpointIntervalMs, onLate },
      abort,
    );
    using _ = this.#parts.held.hold(held);
    await this.#runChunk(held, anySignal([quiet, pause]), abort);
    return 0;
  }

  #patiently<Result>(abort: AbortSignal, attempt: () => Promise<Result>): Promise<Result> {
    return withRetry(this.#parts, PATIENT, abort, attempt);
  }

  async #runChunk(held: HeldChunk, quiet: AbortSignal, abort: AbortSignal): Promise<void> {
    const { job, hooks, runner, tables } = this.#parts;
    const { table, id: chunkId } = held.chunk;
    const run = tables.get(table);
    if (!run)
      throw new RekeyError(
        "INTERNAL.INVARIANT",
        `chunk ${chunkId} names table ${table}, which the job does not have`,
      );
    hooks.emit({ type: "chunk.claimed", jobId: job.id, table, chunkId, attempt: held.chunk.attempt });
    try {
      const outcome = await runner.run(held, run, quiet, abort);
      if (outcome === "finished")
        hooks.emit({ type: "chunk.finished", jobId: job.id, table, chunkId, totals: held.totals });
      if (outcome === "released")
        hooks.emit({ type: "chunk.released", jobId: job.id, table, chunkId, totals: held.totals });
      if (outcome === "lost") hooks.emit({ type: "chunk.lost", jobId: job.id, table, chunkId });
    } catch (error) {
      await this.#chunkFailed(held, await this.#driftOr(error, abort), abort);
    }
  }

  /** A table that is gone, or a column, is a refused query in the cluster's words, and no chunk's own trouble. */
  async #driftOr(error: unknown, abort: AbortSignal): Promise<unknown> {
    if (!isRekeyError(error) || error.code !== "CLUSTER.INVALID_QUERY") return error;
    const sinceMs = this.#parts.clock.monotonicMs();
    try {
      await this.#patiently(abort, () => this.#parts.checkDrift(sinceMs, "refusal"));
      return error;
    } catch (found) {
      return found;
    }
  }

  async #chunkFailed(held: HeldChunk, error: unknown, abort: AbortSignal): Promise<void> {
    const { job, hooks, clock, maxAttempts } = this.#parts;
    if (abort.aborted || stopsTheJob(error)) {
      const { table, id: chunkId } = held.chunk;
      const released = await held.release(clock.timeout(FAREWELL_MS)).catch(() => "lost");
      if (released === "held")
        hooks.emit({ type: "chunk.released", jobId: job.id, table, chunkId, totals: held.totals });
      throw error;
    }
    const final = held.chunk.attempt + 1 >= maxAttempts;
    const { code, message } = failureText(error);
    const outcome = await held.fail(`${code}: ${message}`, final);
    const place = { jobId: job.id, table: held.chunk.table, chunkId: held.chunk.id };
    // Of a chunk that another has taken over since, no failure is counted.
    hooks.emit(
      outcome === "held" ? { type: "chunk.failed", ...place, code, final } : { type: "chunk.lost", ...place },
    );
  }
}

/**
 * Outages outlived the patience of every retry, and a wrong key, a drifted schema or a refusing key service meets
 * every chunk alike: such errors stop the job, with its progress kept. Anything else is the chunk's own trouble.
 */
function stopsTheJob(error: unknown): boolean {
  if (!isRekeyError(error)) return false;
  // One place with too many deletions, or one damaged file: each run would end there, whatever else is left to do.
  if (error.code === "CLUSTER.READ_FAILED") return false;
  if (error.retryable) return true;
  return /^(CONFIG|KEY|STATE|JOB|SCHEMA|PLUGIN|HOOK)\.|^CLUSTER\.(AUTHENTICATION|UNAUTHORIZED|TLS)|^INTERRUPTED/.test(
    error.code,
  );
}
