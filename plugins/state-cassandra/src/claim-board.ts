import type { Chunk, Claim, Clock, Job, Random } from "@cassandra-rekey/core";
import type { LeaseRow, Leases } from "./leases.ts";
import type { Ledger, LedgerEntry } from "./ledger.ts";

/** What a {@link ClaimBoard} is made of. */
export interface ClaimBoardParts {
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly random: Random;
  /** Age after which a chunk that the Python tool left running counts as abandoned, milliseconds. */
  readonly pythonStuckMs: number;
}

/** How long a worker waits when others hold all that is left, milliseconds. */
const WAIT_MS = 1_000;

/**
 * Finds chunks to claim. The ledger is read once and then worked off from a random place; it is read again when
 * nothing more is found in it, and the job is done only when every chunk's lease says so.
 */
export class ClaimBoard {
  readonly #parts: ClaimBoardParts;
  readonly #open = new Map<string, LedgerEntry[]>();

  constructor(parts: ClaimBoardParts) {
    this.#parts = parts;
  }

  async claim(job: Job, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const known = await this.#work(job, worker, leaseMs, signal);
    if (known.kind === "chunk") return known;
    await this.#reload(job, signal);
    return this.#work(job, worker, leaseMs, signal);
  }

  forget(jobId: string): void {
    this.#open.delete(jobId);
  }

  async #reload(job: Job, signal: AbortSignal): Promise<void> {
    const tables = await Promise.all(
      job.tables.map((table) => this.#parts.ledger.read(job.id, table.id, signal)),
    );
    const failedIsFinal = (entry: LedgerEntry) => entry.status === "FAILED" && !entry.isPython;
    const open = tables.flat().filter((entry) => entry.status !== "DONE" && !failedIsFinal(entry));
    const first = Math.floor(this.#parts.random.fraction() * open.length);
    this.#open.set(job.id, [...open.slice(first), ...open.slice(0, first)]);
  }

  async #work(job: Job, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim> {
    const open = this.#open.get(job.id) ?? [];
    let held = false;
    for (let entry = open.shift(); entry; entry = open.shift()) {
      const key = { jobId: job.id, table: entry.table, chunkId: entry.chunkId };
      const row = await this.#parts.leases.read(key, signal);
      if (row?.state === "done" || row?.state === "failed") {
        await this.#repair(job.id, entry, row, signal);
        continue;
      }
      if (row?.owner !== undefined || (!row && this.#heldByPython(entry))) {
        held = true;
        continue;
      }
      const lease = await this.#parts.leases.take(
        key,
        row,
        worker,
        leaseMs,
        { attempt: entry.attempt, visit: entry.visit },
        signal,
      );
      if (!lease) {
        held = true;
        continue;
      }
      await this.#parts.ledger.update(
        job.id,
        entry,
        { status: "RUNNING" },
        this.#parts.clock.wallMs(),
        signal,
      );
      return { kind: "chunk", lease, chunk: chunkOf(job.id, entry, row) };
    }
    return held ? { kind: "wait", ms: WAIT_MS } : { kind: "done" };
  }

  #heldByPython(entry: LedgerEntry): boolean {
    return (
      entry.status === "RUNNING" && this.#parts.clock.wallMs() - entry.updatedAtMs < this.#parts.pythonStuckMs
    );
  }

  /** A worker died between ending its lease and telling the ledger. */
  #repair(jobId: string, entry: LedgerEntry, row: LeaseRow, signal: AbortSignal): Promise<void> {
    return this.#parts.ledger.update(jobId, entry, ledgerChange(row), this.#parts.clock.wallMs(), signal);
  }
}

/** How the ledger tells what a lease row says. */
export function ledgerChange(row: Pick<LeaseRow, "state" | "totals" | "attempt" | "visit" | "lastError">) {
  const status = { running: "RUNNING", pending: "PENDING", done: "DONE", failed: "FAILED" } as const;
  return {
    status: status[row.state],
    totals: row.totals,
    attempt: row.attempt,
    visit: row.visit,
    ...(row.lastError !== undefined && { lastError: row.lastError }),
  };
}

function chunkOf(jobId: string, entry: LedgerEntry, row: LeaseRow | undefined): Chunk {
  return {
    jobId,
    table: entry.table,
    id: entry.chunkId,
    range: entry.range,
    cursor: row?.cursor,
    totals: row?.totals ?? entry.totals,
    attempt: row?.attempt ?? entry.attempt,
    visit: row?.visit ?? entry.visit,
  };
}
