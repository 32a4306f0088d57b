import type {
  Clock,
  Job,
  JobState,
  Logger,
  StateStore,
  TableProgress,
  WorkerReport,
} from "@cassandra-rekey/core";
import type { Governor } from "../governor/governor.ts";
import type { HookDispatcher } from "../hooks/hook-dispatcher.ts";
import type { RunProgress, StatusTable } from "../reports.ts";
import { anySignal } from "../signals.ts";
import { ENDED, liveWorkers, statusTable } from "../status.ts";
import type { Crew } from "./crew.ts";
import { CriticalPause } from "./critical-pause.ts";
import type { JobWatch } from "./job-watch.ts";
import { RateWindow } from "./rate-window.ts";
import type { TableNews } from "./table-news.ts";

/** What a {@link ProgressTicker} is made of. */
export interface ProgressTickerParts {
  readonly job: Job;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly governor: Governor;
  readonly watch: JobWatch;
  readonly hooks: HookDispatcher;
  readonly crew: Crew;
  readonly news: TableNews;
  /** What this process says of itself besides its rate. */
  readonly extras?: () => Pick<WorkerReport, "counts" | "leases" | "controls">;
  readonly identity: { readonly worker: string; readonly host: string; readonly pid: number };
  /** How often the store is asked for everybody's progress, milliseconds. */
  readonly refreshMs: number;
  readonly onProgress: ((progress: RunProgress) => void) | undefined;
  readonly logger: Logger;
}

const TICK_MS = 1_000;
const RATE_WINDOW_MS = 10_000;
/** Of the time, at most one in so many parts goes into summing up what may be tens of thousands of chunks. */
const REFRESH_PART = 20;
/** However long that takes, everybody's progress is no older than this, milliseconds. */
const LONGEST_REFRESH_MS = 60_000;
/** How often this process reports itself to the store, milliseconds; well within what a store remembers. */
const REPORT_MS = 5_000;

/** Tells how a run is going, about once a second: to the caller, to the hooks and, less often, to the store. */
export class ProgressTicker {
  readonly #parts: ProgressTickerParts;
  readonly #rate: RateWindow;
  #tables: readonly StatusTable[] = [];
  #others: RunProgress["others"];
  /** Where the visit in progress began: the estimate is made from what was done since. */
  #baseline: { readonly atMs: number; readonly fraction: number } | undefined;
  #phase: RunProgress["phase"] = "sweep";
  #visit: "sweep" | "young" = "sweep";
  #stale = true;
  #reason: string | undefined;
  #permits: number | undefined;
  #state: JobState = "running";
  readonly #pause: CriticalPause;

  constructor(parts: ProgressTickerParts) {
    this.#parts = parts;
    this.#pause = new CriticalPause(parts);
    this.#rate = new RateWindow(RATE_WINDOW_MS, parts.clock.monotonicMs());
  }

  /** Rows scanned by this process. */
  get scanned(): number {
    return this.#rate.total;
  }

  addRows(rows: number): void {
    this.#rate.add(rows);
  }

  enter(phase: RunProgress["phase"]): void {
    this.#phase = phase;
    if (phase !== "sweep" && phase !== "young") return;
    if (phase === this.#visit) return;
    // The later visit starts with the chunks reopened for it: what is known of them and of the rate is out of date.
    this.#visit = phase;
    this.#baseline = undefined;
    this.#stale = true;
  }

  /** Ticks until `ended` aborts. Trouble with the store is met by the workers; here it only delays the news. */
  async tick(ended: AbortSignal, abort: AbortSignal): Promise<void> {
    const { clock, refreshMs } = this.#parts;
    let refreshedAtMs = Number.NEGATIVE_INFINITY;
    let tablesDueMs = Number.NEGATIVE_INFINITY;
    let reportedAtMs = Number.NEGATIVE_INFINITY;
    const signal = anySignal([ended, abort]);
    while (!signal.aborted) {
      const nowMs = clock.monotonicMs();
      const rowsPerSecond = this.#rate.perSecond(nowMs);
      try {
        await this.#pause.look(signal);
        // Workers that a throttle holds don't ask, and a pause is for them, too.
        await this.#parts.watch.state();
        if (this.#stale || nowMs - refreshedAtMs >= refreshMs) {
          const isDue = this.#stale || nowMs >= tablesDueMs;
          this.#stale = false;
          await this.#refreshOthers(signal);
          if (isDue) {
            const askedAtMs = clock.monotonicMs();
            this.#parts.news.tell(await this.#refreshTables(nowMs, signal));
            const tookMs = clock.monotonicMs() - askedAtMs;
            tablesDueMs = nowMs + Math.min(LONGEST_REFRESH_MS, tookMs * REFRESH_PART);
          }
          refreshedAtMs = nowMs;
        }
        if (nowMs - reportedAtMs >= REPORT_MS) {
          await this.#report(rowsPerSecond, signal);
          reportedAtMs = nowMs;
        }
      } catch {
        // Told again at the next tick.
      }
      this.#tell(rowsPerSecond, nowMs);
      await clock.sleep(TICK_MS, signal).catch(() => {});
    }
    if (!abort.aborted) await this.#lastWord(abort);
  }

  /** Where it ended, and for the others that this process is no longer at it. */
  async #lastWord(abort: AbortSignal): Promise<void> {
    const { store, job, identity, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    try {
      await this.#refreshOthers(abort);
      await this.#refreshTables(nowMs, abort);
      const gone = { scanned: this.scanned, rowsPerSecond: 0, permits: 0, waiting: ENDED };
      await store.report(job.id, { ...identity, ...gone }, abort);
    } catch {
      // What was shown last stays, and the others forget this process by themselves.
    }
    this.#tell(this.#rate.perSecond(nowMs), nowMs);
  }

  async #refreshOthers(signal: AbortSignal): Promise<void> {
    const { store, job, identity } = this.#parts;
    const workers = await store.workers(job.id, signal);
    const others = liveWorkers(workers).filter((worker) => worker.worker !== identity.worker);
    this.#parts.crew.hear(others);
    this.#others = {
      processes: others.length,
      rowsPerSecond: others.reduce((sum, worker) => sum + worker.rowsPerSecond, 0),
    };
  }

  async #refreshTables(nowMs: number, signal: AbortSignal): Promise<readonly TableProgress[]> {
    const { store, job } = this.#parts;
    const visit = this.#visit;
    const progress = await store.progress(job.id, signal);
    this.#tables = progress.map((table) => statusTable(job, table));
    if (visit === this.#visit) this.#baseline ??= { atMs: nowMs, fraction: meanFraction(this.#tables) };
    return progress;
  }

  async #report(rowsPerSecond: number, signal: AbortSignal): Promise<void> {
    const { store, job, identity, governor, crew } = this.#parts;
    const report = {
      ...identity,
      workers: crew.own,
      scanned: this.scanned,
      rowsPerSecond,
      permits: governor.permits,
      waiting: this.#waiting(),
      ...this.#parts.extras?.(),
    };
    await store.report(job.id, report, signal);
  }

  #tell(rowsPerSecond: number, nowMs: number): void {
    const { job, watch, governor, hooks } = this.#parts;
    this.#tellState(watch.known);
    const waiting = this.#waiting();
    const { reason, permits } = governor;
    const isNews = reason !== this.#reason || permits !== this.#permits;
    this.#reason = reason;
    this.#permits = permits;
    if (isNews) hooks.emit({ type: "throttle", jobId: job.id, reason, permits });
    this.#show({
      jobId: job.id,
      kind: job.kind,
      state: watch.known,
      phase: this.#phase,
      tables: this.#tables,
      rowsPerSecond,
      etaMs: this.#eta(nowMs),
      permits: governor.permits,
      waiting,
      ...(this.#others && { others: this.#others }),
    });
  }

  /** Hooks of every process hear of a pause and of its end, whoever brought it about. */
  #tellState(state: JobState): void {
    const { hooks, job } = this.#parts;
    if (state === this.#state || (state !== "paused" && state !== "running")) return;
    this.#state = state;
    if (state === "running") this.#pause.forget();
    const { reason } = this.#pause;
    hooks.emit({ type: "job.state", jobId: job.id, state, ...(reason !== undefined && { reason }) });
  }

  /** Whoever shows the progress cannot fail the job. */
  #show(progress: RunProgress): void {
    try {
      this.#parts.onProgress?.(progress);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#parts.logger.warn({ reason }, "the progress listener failed");
    }
  }

  #waiting(): string | undefined {
    if (this.#phase === "paused" || this.#state === "paused") {
      const { reason } = this.#pause;
      return reason === undefined ? "paused" : `paused by ${reason}`;
    }
    if (this.#phase === "settling") return "waiting for young cells to settle";
    return this.#parts.governor.reason;
  }

  #eta(nowMs: number): number | undefined {
    if (!this.#baseline || this.#phase === "settling") return undefined;
    const done = meanFraction(this.#tables);
    const gained = done - this.#baseline.fraction;
    return gained <= 0 ? undefined : ((1 - done) * (nowMs - this.#baseline.atMs)) / gained;
  }
}

function meanFraction(tables: readonly StatusTable[]): number {
  if (tables.length === 0) return 0;
  return tables.reduce((sum, table) => sum + table.fraction, 0) / tables.length;
}
