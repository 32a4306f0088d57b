import {
  type Checkpoint,
  type Claim,
  encodeTotals,
  type Job,
  type Lease,
  type LeaseOutcome,
  type Random,
} from "@cassandra-rekey/core";
import { readChunk } from "./chunk-rows.ts";
import type { Database, Row } from "./database.ts";

const CHUNK = "job_id = ? AND table_name = ? AND chunk_id = ?";
const HELD = `${CHUNK} AND epoch = ? AND worker = ? AND state = 'running'`;
const CLAIMABLE = "job_id = ? AND (state = 'pending' OR (state = 'running' AND leased_until <= ?))";

/** Left alone, SQLite would rather go through all chunks of the job in their order. */
const BY_STATE = "chunks INDEXED BY chunks_by_state";

/** How a lease ends. */
export interface Ending {
  readonly state: "done" | "pending" | "failed";
  /** Counts a failed attempt. */
  readonly error?: string;
}

/** Chunks in workers' hands. All calls are made within a transaction; `nowMs` is the host's wall clock. */
export class ChunkLeases {
  readonly #db: Database;
  readonly #random: Random;

  constructor(db: Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  claim(job: Job, worker: string, leaseMs: number, nowMs: number): Claim {
    const jobId = job.id;
    this.#cutLeases(jobId, nowMs);
    const row = this.#findUntouched(job) ?? this.#findClaimable(jobId, nowMs);
    if (!row) return this.#nothingToClaim(jobId, nowMs);
    const epoch = Number(row.epoch) + 1;
    const leased = Math.ceil(leaseMs);
    this.#db.run(
      `UPDATE chunks SET state = 'running', epoch = ?, worker = ?, lease_ms = ?, leased_until = ?, touched_at = ?, seq = 0
       WHERE ${CHUNK}`,
      epoch,
      worker,
      leased,
      nowMs + leased,
      nowMs,
      jobId,
      row.table_name!,
      row.chunk_id!,
    );
    const chunk = readChunk(row);
    return { kind: "chunk", chunk, lease: { jobId, table: chunk.table, chunkId: chunk.id, worker, epoch } };
  }

  checkpoint(lease: Lease, checkpoint: Checkpoint, nowMs: number): LeaseOutcome {
    if (!this.#isHeld(lease)) return "lost";
    this.#db.run(
      `UPDATE chunks SET leased_until = ? + lease_ms, touched_at = ? WHERE ${HELD}`,
      nowMs,
      nowMs,
      ...held(lease),
    );
    this.#store(lease, checkpoint);
    return "held";
  }

  end(lease: Lease, checkpoint: Checkpoint, { state, error }: Ending, nowMs: number): LeaseOutcome {
    if (!this.#isHeld(lease)) return this.#endedBefore(lease, checkpoint, state) ? "held" : "lost";
    this.#store(lease, checkpoint);
    if (error !== undefined) {
      this.#db.run(
        `UPDATE chunks SET attempt = attempt + 1, last_error = ? WHERE ${HELD}`,
        error.slice(0, 1000),
        ...held(lease),
      );
    }
    this.#db.run(`UPDATE chunks SET state = ?, touched_at = ? WHERE ${HELD}`, state, nowMs, ...held(lease));
    return "held";
  }

  /** A clock that was set back must not keep a lease alive for longer than it was granted. */
  #cutLeases(jobId: string, nowMs: number): void {
    this.#db.run(
      `UPDATE ${BY_STATE} SET leased_until = ? + lease_ms
       WHERE job_id = ? AND state = 'running' AND leased_until > ? + lease_ms`,
      nowMs,
      jobId,
      nowMs,
    );
  }

  /** From a random chunk on, so that workers spread over the ring; by the index alone, however many chunks there are. */
  #findUntouched({ id, tables }: Job): Row | undefined {
    const all = tables.reduce((sum, { chunks }) => sum + chunks, 0);
    let chunkId = Math.floor(this.#random.fraction() * all);
    const table = tables.find(({ chunks }) => {
      if (chunkId < chunks) return true;
      chunkId -= chunks;
      return false;
    });
    if (!table) return undefined;
    const untouched = `SELECT * FROM ${BY_STATE} WHERE job_id = ? AND state = 'pending' AND leased_until = 0`;
    const from = `${untouched} AND (table_name, chunk_id) >= (?, ?) ORDER BY table_name, chunk_id LIMIT 1`;
    return (
      this.#db.get(from, id, table.id, chunkId) ??
      this.#db.get(`${untouched} ORDER BY table_name, chunk_id LIMIT 1`, id)
    );
  }

  /** Any other, from a random one on as well. */
  #findClaimable(jobId: string, nowMs: number): Row | undefined {
    const counted = this.#db.get(`SELECT count(*) AS n FROM chunks WHERE ${CLAIMABLE}`, jobId, nowMs);
    const count = Number(counted!.n);
    if (count === 0) return undefined;
    return this.#db.get(
      `SELECT * FROM chunks WHERE ${CLAIMABLE} ORDER BY table_name, chunk_id LIMIT 1 OFFSET ?`,
      jobId,
      nowMs,
      Math.floor(this.#random.fraction() * count),
    );
  }

  #nothingToClaim(jobId: string, nowMs: number): Claim {
    const next = this.#db.get(
      "SELECT min(leased_until) AS until FROM chunks WHERE job_id = ? AND state = 'running'",
      jobId,
    )!.until;
    return next === null || next === undefined
      ? { kind: "done" }
      : { kind: "wait", ms: Math.max(1, Number(next) - nowMs) };
  }

  #isHeld(lease: Lease): boolean {
    return this.#db.get(`SELECT 1 FROM chunks WHERE ${HELD}`, ...held(lease)) !== undefined;
  }

  /** A sequence number that is not newer has been stored before. */
  #store(lease: Lease, { seq, cursor, totals }: Checkpoint): void {
    this.#db.run(
      `UPDATE chunks SET seq = ?, cursor = ?, totals = ? WHERE ${HELD} AND seq < ?`,
      seq,
      cursor ?? null,
      encodeTotals(totals),
      ...held(lease),
      seq,
    );
  }

  /** A repeated end: the same holder, the same sequence number, and nobody has claimed the chunk since. */
  #endedBefore(lease: Lease, { seq }: Checkpoint, state: string): boolean {
    const row = this.#db.get(
      `SELECT 1 FROM chunks WHERE ${CHUNK} AND epoch = ? AND worker = ? AND state = ? AND seq = ?`,
      ...held(lease),
      state,
      seq,
    );
    return row !== undefined;
  }
}

function held(lease: Lease): [string, string, number, number, string] {
  return [lease.jobId, lease.table, lease.chunkId, lease.epoch, lease.worker];
}
