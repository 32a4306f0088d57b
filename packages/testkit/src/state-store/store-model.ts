import {
  addTotals,
  type Checkpoint,
  type Chunk,
  type Claim,
  type Cursor,
  type JobState,
  type Lease,
  type LeaseOutcome,
  type NewJob,
  ringFraction,
  type TableProgress,
  type TokenRange,
  type Totals,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";

/** What a lease was for, and until when. */
interface Holder {
  readonly epoch: number;
  readonly worker: string;
  readonly leaseMs: number;
  untilMs: number;
}

/** A lease's last word: repeated, it is true again as long as nothing else has happened to the chunk. */
interface LastWord {
  readonly epoch: number;
  readonly worker: string;
  readonly seq: number;
}

interface ModelChunk {
  readonly table: string;
  readonly id: number;
  readonly range: TokenRange;
  state: "pending" | "running" | "done" | "failed";
  epoch: number;
  holder: Holder | undefined;
  lastWord: LastWord | undefined;
  touchedMs: number;
  seq: number;
  cursor: Cursor | undefined;
  totals: Totals;
  attempt: number;
  visit: number;
  lastError: string | undefined;
}

/** How a lease ends. */
export type Ending =
  | { readonly state: "done" | "pending" }
  | { readonly state: "pending" | "failed"; readonly error: string };

/** The contract of a state store for one job, as plain data and without time of its own. */
export class StoreModel {
  readonly job: NewJob;
  jobState: JobState = "planned";
  readonly #chunks: readonly ModelChunk[];

  constructor(job: NewJob) {
    this.job = job;
    this.#chunks = job.tables.flatMap((table) =>
      table.ranges.map(
        (range, id): ModelChunk => ({
          table: table.id,
          id,
          range,
          state: "pending",
          epoch: 0,
          holder: undefined,
          lastWord: undefined,
          touchedMs: 0,
          seq: 0,
          cursor: undefined,
          totals: ZERO_TOTALS,
          attempt: 0,
          visit: 0,
          lastError: undefined,
        }),
      ),
    );
  }

  transition(from: readonly JobState[], to: JobState): { applied: boolean; state: JobState } {
    const applied = from.includes(this.jobState);
    if (applied) this.jobState = to;
    return { applied, state: this.jobState };
  }

  /** What a claim that gives no chunk must say, or `undefined` while there is one to give. */
  withoutChunk(nowMs: number): Exclude<Claim["kind"], "chunk"> | undefined {
    if (this.#chunks.some((chunk) => isClaimable(chunk, nowMs))) return undefined;
    return this.#chunks.some((chunk) => chunk.state === "running") ? "wait" : "done";
  }

  /** Gives that chunk to a worker; `undefined` where it must not be given. */
  take(
    at: Pick<Chunk, "table" | "id">,
    worker: string,
    leaseMs: number,
    nowMs: number,
    epoch: number,
  ): { lease: Lease; chunk: Chunk } | undefined {
    const chunk = this.#chunks.find(({ table, id }) => table === at.table && id === at.id);
    if (!chunk || !isClaimable(chunk, nowMs) || epoch <= chunk.epoch) return undefined;
    Object.assign(chunk, {
      state: "running",
      epoch,
      holder: { epoch, worker, leaseMs, untilMs: nowMs + leaseMs },
      lastWord: undefined,
      touchedMs: nowMs,
      seq: 0,
    });
    const { table, id, range, cursor, totals, attempt, visit } = chunk;
    const jobId = this.job.id;
    return {
      lease: { jobId, table, chunkId: id, worker, epoch },
      chunk: { jobId, table, id, range, cursor, totals, attempt, visit },
    };
  }

  checkpoint(lease: Lease, progress: Checkpoint, nowMs: number): LeaseOutcome {
    const chunk = this.#chunkOf(lease);
    const holder = chunk && holderOf(chunk, lease);
    if (!chunk || !holder) return "lost";
    holder.untilMs = nowMs + holder.leaseMs;
    chunk.touchedMs = nowMs;
    store(chunk, progress);
    return "held";
  }

  end(lease: Lease, progress: Checkpoint, ending: Ending): LeaseOutcome {
    const chunk = this.#chunkOf(lease);
    if (!chunk) return "lost";
    if (!holderOf(chunk, lease)) {
      const said = chunk.lastWord;
      const repeated =
        said?.epoch === lease.epoch &&
        said.worker === lease.worker &&
        said.seq === progress.seq &&
        chunk.state === ending.state;
      return repeated ? "held" : "lost";
    }
    store(chunk, progress);
    chunk.state = ending.state;
    chunk.holder = undefined;
    chunk.lastWord = { epoch: lease.epoch, worker: lease.worker, seq: progress.seq };
    if ("error" in ending) {
      chunk.attempt += 1;
      chunk.lastError = ending.error;
    }
    return "held";
  }

  reopenYoung(): number {
    return this.#reopen(
      (chunk) => chunk.state === "done" && chunk.visit === 0 && chunk.totals.young > 0,
      (chunk) => {
        chunk.visit = 1;
        chunk.cursor = undefined;
        chunk.attempt = 0;
        chunk.totals = { ...chunk.totals, young: 0, census: [] };
      },
    );
  }

  reopenFailed(): number {
    return this.#reopen(
      (chunk) => chunk.state === "failed",
      (chunk) => {
        chunk.attempt = 0;
      },
    );
  }

  reclaim(idleMs: number, nowMs: number): number {
    return this.#reopen(
      (chunk) =>
        chunk.state === "running" && (isClaimable(chunk, nowMs) || nowMs - chunk.touchedMs >= idleMs),
      () => {},
    );
  }

  /** As stores tell it, but for `lastError`, of which a store may name any chunk's. */
  progress(): readonly Omit<TableProgress, "lastError">[] {
    return this.job.tables.map(({ id }) => {
      const chunks = { pending: 0, running: 0, done: 0, failed: 0 };
      let totals = ZERO_TOTALS;
      let fraction = 0;
      for (const chunk of this.#chunks) {
        if (chunk.table !== id) continue;
        chunks[chunk.state] += 1;
        totals = addTotals(totals, chunk.totals);
        if (chunk.state === "done") fraction += ringFraction(chunk.range);
      }
      return { table: id, chunks, totals, fraction: Math.min(1, fraction) };
    });
  }

  /** The errors that progress may name for a table. */
  errors(table: string): readonly string[] {
    return this.#chunks.flatMap((chunk) =>
      chunk.table === table && chunk.lastError !== undefined ? [chunk.lastError] : [],
    );
  }

  #chunkOf({ table, chunkId }: Lease): ModelChunk | undefined {
    return this.#chunks.find((chunk) => chunk.table === table && chunk.id === chunkId);
  }

  #reopen(which: (chunk: ModelChunk) => boolean, change: (chunk: ModelChunk) => void): number {
    const chosen = this.#chunks.filter(which);
    for (const chunk of chosen) {
      change(chunk);
      chunk.state = "pending";
      chunk.holder = undefined;
      chunk.lastWord = undefined;
    }
    return chosen.length;
  }
}

function isClaimable(chunk: ModelChunk, nowMs: number): boolean {
  return chunk.state === "pending" || (chunk.state === "running" && chunk.holder!.untilMs <= nowMs);
}

/** A lease that ran out is still its holder's until somebody takes it over. */
function holderOf(chunk: ModelChunk, lease: Lease): Holder | undefined {
  const { holder } = chunk;
  return holder?.epoch === lease.epoch && holder.worker === lease.worker ? holder : undefined;
}

function store(chunk: ModelChunk, { seq, cursor, totals }: Checkpoint): void {
  if (seq <= chunk.seq) return;
  chunk.seq = seq;
  chunk.cursor = cursor;
  chunk.totals = totals;
}
