import { type Checkpoint, decodeTotals, encodeTotals, type Lease, type Totals } from "@cassandra-rekey/core";
import type { types } from "cassandra-driver";
import type { Statement, StateSession } from "./state-session.ts";

/** What a lease row says of its chunk. */
export interface LeaseRow {
  readonly epoch: number;
  /** Present while the lease lives: the column has a TTL. */
  readonly owner: string | undefined;
  readonly worker: string;
  readonly state: "running" | "pending" | "done" | "failed";
  readonly seq: number;
  readonly cursor: string | undefined;
  readonly totals: Totals;
  readonly attempt: number;
  readonly visit: number;
  readonly lastError: string | undefined;
  /** Server time of the last claim or checkpoint, µs. */
  readonly touched: bigint;
  /** When `state` was last set, µs: rises from one transaction to the next, whatever the hosts' clocks say. */
  readonly moved: bigint;
}

/** Names one chunk. */
export interface ChunkKey {
  readonly jobId: string;
  readonly table: string;
  readonly chunkId: number;
}

/** Leases that are looked for at the same time, one by one: a guardrail may refuse to read several partitions together. */
const LOOKS_IN_FLIGHT = 32;

const PK = "job_id = ? AND table_name = ? AND chunk_id = ?";

/** Leases, one partition each, changed by conditional batches alone. */
export class Leases {
  readonly #state: StateSession;

  constructor(state: StateSession) {
    this.#state = state;
  }

  async read(key: ChunkKey, signal: AbortSignal): Promise<LeaseRow | undefined> {
    const [row] = await this.#state.serialRows(
      `SELECT epoch, owner, worker, state, seq, cursor, totals, attempt, visit, last_error, WRITETIME(seq) AS touched, WRITETIME(state) AS moved FROM ${this.#table} WHERE ${PK}`,
      pk(key),
      signal,
    );
    return row && row.get("epoch") !== null ? readLease(row) : undefined;
  }

  /** Whether there is a lease of any of a table's chunks, which are numbered from 0. */
  async any(jobId: string, table: string, chunks: number, signal: AbortSignal): Promise<boolean> {
    const ids = Array.from({ length: chunks }).keys();
    let isFound = false;
    const look = async () => {
      for (const chunkId of ids) {
        if (isFound) return;
        const cql = `SELECT chunk_id FROM ${this.#table} WHERE ${PK}`;
        const rows = await this.#state.rows(cql, pk({ jobId, table, chunkId }), signal);
        if (rows.length > 0) isFound = true;
      }
    };
    await Promise.all(Array.from({ length: LOOKS_IN_FLIGHT }, look));
    return isFound;
  }

  /** Takes the chunk if its row is still as it was read. */
  async take(
    key: ChunkKey,
    before: LeaseRow | undefined,
    worker: string,
    leaseMs: number,
    fresh: { attempt: number; visit: number },
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    const epoch = (before?.epoch ?? 0) + 1;
    const condition = before ? "IF epoch = ? AND owner = null" : "IF epoch = null";
    const statements: Statement[] = [
      {
        query: `UPDATE ${this.#table} SET epoch = ?, worker = ?, state = 'running', seq = 0, attempt = ?, visit = ? WHERE ${PK} ${condition}`,
        params: [
          epoch,
          worker,
          before?.attempt ?? fresh.attempt,
          before?.visit ?? fresh.visit,
          ...pk(key),
          ...(before ? [before.epoch] : []),
        ],
      },
      this.#own(key, worker, leaseMs),
    ];
    const happened = async () => {
      const row = await this.read(key, signal);
      return row?.epoch === epoch && row.worker === worker;
    };
    const applied = await this.#state.compareAndSet(statements, happened, signal);
    return applied ? { jobId: key.jobId, table: key.table, chunkId: key.chunkId, worker, epoch } : undefined;
  }

  /** Stores progress and renews the lease; a sequence number that is not newer only tells who holds the lease. */
  async checkpoint(
    lease: Lease,
    { seq, cursor, totals }: Checkpoint,
    leaseMs: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const statements: Statement[] = [
      {
        query: `UPDATE ${this.#table} SET seq = ?, cursor = ?, totals = ? WHERE ${PK} IF epoch = ? AND worker = ? AND state = 'running' AND seq < ?`,
        params: [seq, cursor ?? null, encodeTotals(totals), ...pk(lease), lease.epoch, lease.worker, seq],
      },
      this.#own(lease, lease.worker, leaseMs),
    ];
    const isHeld = async () => {
      const row = await this.read(lease, signal);
      return row !== undefined && isHolder(row, lease) && row.state === "running" && row.seq >= seq;
    };
    return (await this.#state.compareAndSet(statements, isHeld, signal)) || isHeld();
  }

  /** Ends this worker's turn. A repeated end by the same holder is true again. */
  async end(
    lease: Lease,
    { seq, cursor, totals }: Checkpoint,
    state: LeaseRow["state"],
    failure: { readonly attempt: number; readonly error: string } | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const also = failure ? ", attempt = ?, last_error = ?" : "";
    const statements: Statement[] = [
      {
        query: `UPDATE ${this.#table} SET state = ?, seq = ?, cursor = ?, totals = ?${also}, owner = null WHERE ${PK} IF epoch = ? AND worker = ? AND state = 'running'`,
        params: [
          state,
          seq,
          state === "done" ? null : (cursor ?? null),
          encodeTotals(totals),
          ...(failure ? [failure.attempt, failure.error] : []),
          ...pk(lease),
          lease.epoch,
          lease.worker,
        ],
      },
    ];
    const happened = async () => {
      const row = await this.read(lease, signal);
      return row !== undefined && isHolder(row, lease) && row.state === state && row.seq === seq;
    };
    return (await this.#state.compareAndSet(statements, happened, signal)) || happened();
  }

  /** Moves a chunk that nobody holds, if its row is still as it was read; the epoch rises, so an old holder is out. */
  async move(
    key: ChunkKey,
    before: LeaseRow,
    to: Partial<Pick<LeaseRow, "attempt" | "visit" | "totals">> & { readonly restart: boolean },
    signal: AbortSignal,
  ): Promise<boolean> {
    const totals = to.totals ?? before.totals;
    const cursor = to.restart ? null : (before.cursor ?? null);
    // Nobody works on it: the name of the mover tells this move from another's.
    const mover = `moved ${this.#state.nonce()}`;
    const statements: Statement[] = [
      {
        query: `UPDATE ${this.#table} SET state = 'pending', epoch = ?, owner = null, worker = ?, cursor = ?, totals = ?, attempt = ?, visit = ? WHERE ${PK} IF epoch = ? AND state = ?`,
        params: [
          before.epoch + 1,
          mover,
          cursor,
          encodeTotals(totals),
          to.attempt ?? before.attempt,
          to.visit ?? before.visit,
          ...pk(key),
          before.epoch,
          before.state,
        ],
      },
    ];
    const happened = async () => {
      const row = await this.read(key, signal);
      return row?.epoch === before.epoch + 1 && row.worker === mover;
    };
    return this.#state.compareAndSet(statements, happened, signal);
  }

  #own(key: ChunkKey, worker: string, leaseMs: number): Statement {
    return {
      query: `UPDATE ${this.#table} USING TTL ? SET owner = ? WHERE ${PK}`,
      params: [Math.max(1, Math.ceil(leaseMs / 1000)), worker, ...pk(key)],
    };
  }

  get #table(): string {
    return this.#state.table("rekey_leases");
  }
}

function isHolder(row: LeaseRow, lease: Lease): boolean {
  return row.epoch === lease.epoch && row.worker === lease.worker;
}

function pk({ jobId, table, chunkId }: ChunkKey): readonly [string, string, number] {
  return [jobId, table, chunkId];
}

function readLease(row: types.Row): LeaseRow {
  return {
    epoch: Number(row.get("epoch")),
    owner: (row.get("owner") as string | null) ?? undefined,
    worker: String(row.get("worker")),
    state: row.get("state") as LeaseRow["state"],
    seq: Number(row.get("seq") ?? 0),
    cursor: (row.get("cursor") as string | null) ?? undefined,
    totals: decodeTotals(row.get("totals") as string | null),
    attempt: Number(row.get("attempt") ?? 0),
    visit: Number(row.get("visit") ?? 0),
    lastError: (row.get("last_error") as string | null) ?? undefined,
    touched: (row.get("touched") as bigint | null) ?? 0n,
    moved: (row.get("moved") as bigint | null) ?? 0n,
  };
}
