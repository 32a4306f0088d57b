import { type Clock, encodeTotals, type Job, type TableProgress } from "@cassandra-rekey/core";
import type { ChunkKey, LeaseRow, Leases } from "./leases.ts";
import type { Ledger, LedgerChange, LedgerEntry } from "./ledger.ts";
import { tableProgress } from "./table-progress.ts";

/** What a {@link ChunkBook} is made of. */
export interface ChunkBookParts {
  readonly ledger: Ledger;
  readonly leases: Leases;
  readonly clock: Clock;
}

/** Leases that are looked at together. */
const LOOKS_IN_FLIGHT = 32;
/** Each further round means that somebody else moved the same chunk in between. */
const MOST_ROUNDS = 20;

/** What a lease becomes when nobody holds its chunk any more. */
type Move = Parameters<Leases["move"]>[2];

/** Ledger and leases of chunks together. The leases are the truth; the ledger is made to follow them. */
export class ChunkBook {
  readonly #parts: ChunkBookParts;

  constructor(parts: ChunkBookParts) {
    this.#parts = parts;
  }

  /**
   * Makes the ledger say what the lease says, dated as the lease's own transaction: what a slow writer says late is older,
   * and changes nothing. Where the entry is dated ahead, by the Python tool, it looks again after it has written: it may have
   * been overtaken, and then writes the newer truth over its own.
   */
  async follow(key: ChunkKey, signal: AbortSignal): Promise<void> {
    const { ledger, leases, clock } = this.#parts;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const [row, [entry]] = await Promise.all([
        leases.read(key, signal),
        ledger.read(key.jobId, key.table, signal, key.chunkId),
      ]);
      if (!row || !entry || agrees(entry, row)) return;
      const times = { atMicros: row.moved, wallMs: clock.wallMs() };
      if (await ledger.update(key.jobId, entry, ledgerChange(row), times, signal)) return;
    }
  }

  async progress(job: Job, signal: AbortSignal): Promise<readonly TableProgress[]> {
    const progress: TableProgress[] = [];
    for (const { id } of job.tables) {
      const entries = [...(await this.#parts.ledger.read(job.id, id, signal))];
      await inParallel(entries.keys(), async (index) => {
        entries[index] = await this.#current(job.id, entries[index]!, signal);
      });
      progress.push(tableProgress(id, entries));
    }
    return progress;
  }

  /**
   * Gives chunks back: of those whose entry is a candidate, the ones for whose lease `decide` says what it becomes.
   * Tells how many.
   */
  async reopen(
    job: Job,
    isCandidate: (entry: LedgerEntry) => boolean,
    decide: (row: LeaseRow) => Move | undefined,
    signal: AbortSignal,
  ): Promise<number> {
    const { ledger, leases } = this.#parts;
    let moved = 0;
    for (const { id: table } of job.tables) {
      const entries = (await ledger.read(job.id, table, signal)).filter(isCandidate);
      await inParallel(entries.values(), async (entry) => {
        const key = keyOf(job.id, entry);
        const row = await leases.read(key, signal);
        const move = row && decide(row);
        if (row && move && (await leases.move(key, row, move, signal))) moved += 1;
        // Also where nothing moved: whoever moved it may have died before the ledger was told.
        await this.follow(key, signal);
      });
    }
    return moved;
  }

  /** Returns chunks that the Python tool left running; they have no lease, so the age of their entry must do. */
  async reclaimPython(job: Job, idleMs: number, serverMs: number, signal: AbortSignal): Promise<number> {
    const { ledger, leases, clock } = this.#parts;
    let moved = 0;
    for (const { id: table } of job.tables) {
      for (const entry of await ledger.read(job.id, table, signal)) {
        if (!entry.isPython || entry.status !== "RUNNING" || serverMs - entry.updatedAtMs < idleMs) continue;
        if (await leases.read(keyOf(job.id, entry), signal)) continue;
        const times = { atMicros: BigInt(serverMs) * 1000n, wallMs: clock.wallMs() };
        await ledger.update(job.id, entry, { status: "PENDING" }, times, signal);
        moved += 1;
      }
    }
    return moved;
  }

  /**
   * An entry as its lease knows it. What is done or waits needs no look at a lease: after all chunks were opened once more
   * that would be as many serial reads, each time that anybody looks at the progress.
   */
  async #current(jobId: string, entry: LedgerEntry, signal: AbortSignal): Promise<LedgerEntry> {
    if (entry.status === "DONE" || entry.status === "PENDING") return entry;
    const row = await this.#parts.leases.read(keyOf(jobId, entry), signal);
    if (!row) return entry.isPython && entry.status === "FAILED" ? { ...entry, status: "PENDING" } : entry;
    const { lastError, ...change } = ledgerChange(row);
    return { ...entry, ...change, lastError: lastError ?? entry.lastError };
  }
}

/** Names the chunk of an entry. */
export function keyOf(jobId: string, { table, chunkId }: LedgerEntry): ChunkKey {
  return { jobId, table, chunkId };
}

function ledgerChange(row: LeaseRow): LedgerChange & { readonly lastError?: string } {
  const { totals, attempt, visit, lastError } = row;
  return { status: STATUS[row.state], totals, attempt, visit, ...(lastError !== undefined && { lastError }) };
}

const STATUS = { running: "RUNNING", pending: "PENDING", done: "DONE", failed: "FAILED" } as const;

/** While a chunk is worked on, its totals are kept in the lease alone. */
function agrees(entry: LedgerEntry, row: LeaseRow): boolean {
  return (
    entry.status === STATUS[row.state] &&
    entry.attempt === row.attempt &&
    entry.visit === row.visit &&
    (row.lastError === undefined || entry.lastError === row.lastError) &&
    (row.state === "running" || encodeTotals(entry.totals) === encodeTotals(row.totals))
  );
}

async function inParallel<Item>(items: Iterator<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const worker = async () => {
    for (let next = items.next(); !next.done; next = items.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: LOOKS_IN_FLIGHT }, worker));
}
