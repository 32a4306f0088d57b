import {
  type Checkpoint,
  type Chunk,
  type Cursor,
  type Lease,
  type LeaseOutcome,
  type TokenRange,
  type Totals,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";

type ChunkState = "pending" | "running" | "done" | "failed";

/** One chunk of a {@link MemoryStore}: every change is a compare-and-set on epoch and worker. */
export class StoredChunk {
  readonly jobId: string;
  readonly table: string;
  readonly id: number;
  readonly range: TokenRange;
  state: ChunkState = "pending";
  totals: Totals = ZERO_TOTALS;
  lastError: string | undefined;
  leasedUntilMs = 0;
  #cursor: Cursor | undefined;
  #attempt = 0;
  #visit = 0;
  #epoch = 0;
  #worker: string | undefined;
  #leaseMs = 0;
  #touchedAtMs = 0;
  #seq = 0;

  constructor(jobId: string, table: string, id: number, range: TokenRange) {
    this.jobId = jobId;
    this.table = table;
    this.id = id;
    this.range = range;
  }

  claim(worker: string, leaseMs: number, nowMs: number): { lease: Lease; chunk: Chunk } {
    this.state = "running";
    this.#epoch += 1;
    this.#worker = worker;
    this.#leaseMs = leaseMs;
    this.#seq = 0;
    this.#touch(nowMs);
    const { jobId, table, id, range, totals } = this;
    return {
      lease: { jobId, table, chunkId: id, worker, epoch: this.#epoch },
      chunk: {
        jobId,
        table,
        id,
        range,
        totals,
        cursor: this.#cursor,
        attempt: this.#attempt,
        visit: this.#visit,
      },
    };
  }

  checkpoint(lease: Lease, checkpoint: Checkpoint, nowMs: number): LeaseOutcome {
    if (!this.#isHeldBy(lease) || this.state !== "running") return "lost";
    this.#store(checkpoint);
    this.#touch(nowMs);
    return "held";
  }

  end(
    lease: Lease,
    checkpoint: Checkpoint,
    state: Exclude<ChunkState, "running">,
    error?: string,
  ): LeaseOutcome {
    if (!this.#isHeldBy(lease)) return "lost";
    // Said again because the first answer was lost on the way: it is done and counts once.
    if (this.state !== "running") {
      return this.state === state && this.#seq === checkpoint.seq ? "held" : "lost";
    }
    this.#store(checkpoint);
    this.state = state;
    if (error !== undefined) {
      this.#attempt += 1;
      this.lastError = error;
    }
    return "held";
  }

  reopenYoung(): boolean {
    if (this.state !== "done" || this.#visit !== 0 || this.totals.young === 0) return false;
    this.state = "pending";
    this.#visit = 1;
    this.#attempt = 0;
    this.#cursor = undefined;
    this.totals = { ...this.totals, young: 0, census: [] };
    return true;
  }

  reopenFailed(): boolean {
    if (this.state !== "failed") return false;
    this.state = "pending";
    this.#attempt = 0;
    return true;
  }

  reclaim(idleMs: number, nowMs: number): boolean {
    if (this.state !== "running") return false;
    if (nowMs < this.leasedUntilMs && nowMs - this.#touchedAtMs < idleMs) return false;
    this.state = "pending";
    this.#epoch += 1;
    this.#worker = undefined;
    return true;
  }

  #isHeldBy(lease: Lease): boolean {
    return this.#epoch === lease.epoch && this.#worker === lease.worker;
  }

  #store({ seq, cursor, totals }: Checkpoint): void {
    if (seq <= this.#seq) return;
    this.#seq = seq;
    this.#cursor = cursor;
    this.totals = totals;
  }

  #touch(nowMs: number): void {
    this.#touchedAtMs = nowMs;
    this.leasedUntilMs = nowMs + this.#leaseMs;
  }
}

/** Whether a worker may take the chunk: it is pending, or its lease has run out. */
export function isClaimable(chunk: StoredChunk, nowMs: number): boolean {
  return chunk.state === "pending" || (chunk.state === "running" && chunk.leasedUntilMs <= nowMs);
}
