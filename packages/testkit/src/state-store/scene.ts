import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  type Checkpoint,
  type Chunk,
  type Claim,
  isRekeyError,
  type JobKind,
  type Lease,
  MAX_TOKEN,
  MIN_TOKEN,
  type NewJob,
  type StateStore,
  type TableProgress,
  type TokenRange,
  type Totals,
  ZERO_TOTALS,
} from "@cassandra-rekey/core";
import type { StateStoreConformance, StoreStorage } from "./conformance.ts";

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;
/** A lease that no test outlives. */
export const HOUR_MS = 3_600_000;

/** One promise of the contract, by a name that says what is promised. */
export type StoreCase = readonly [name: string, check: (scene: Scene) => Promise<void>];

/** A chunk in a worker's hand. */
export interface Taken {
  readonly lease: Lease;
  readonly chunk: Chunk;
}

/** The storage of one test, with two stores open on it. */
export class Scene implements AsyncDisposable {
  readonly store: StateStore;
  readonly other: StateStore;
  readonly unitMs: number;
  /** Whether {@link elapse} costs no time. */
  readonly driven: boolean;
  readonly #storage: StoreStorage;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    store: StateStore,
    other: StateStore,
    { leaseUnitMs = 1000, clock }: StateStoreConformance,
    storage: StoreStorage,
    stack: AsyncDisposableStack,
  ) {
    this.store = store;
    this.other = other;
    this.unitMs = leaseUnitMs;
    this.driven = clock === "driven";
    this.#storage = storage;
    this.#stack = stack;
  }

  static async open(conformance: StateStoreConformance): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const storage = stack.use(await conformance.create());
    const store = stack.use(await storage.open());
    await store.init(NEVER);
    const other = stack.use(await storage.open());
    return new Scene(store, other, conformance, storage, stack.move());
  }

  /** One more store on the same storage. */
  async another(): Promise<StateStore> {
    return this.#stack.use(await this.#storage.open());
  }

  elapse(ms: number): Promise<void> {
    return this.#storage.elapse(ms);
  }

  /** Plans a job with so many chunks in each of its tables, and returns its id. */
  async plan(tables: Readonly<Record<string, number>>, kind: JobKind = "rekey"): Promise<string> {
    const job = newJob(tables, kind);
    await this.store.createJob(job, NEVER);
    return job.id;
  }

  /** A claim that must succeed. */
  async take(jobId: string, worker = "w1", leaseMs = HOUR_MS, store = this.store): Promise<Taken> {
    return taken(await store.claim(jobId, worker, leaseMs, NEVER));
  }

  /** Claims as soon as some lease has run out. */
  async takeWhenFree(jobId: string, worker: string, store = this.store): Promise<Taken> {
    for (let tried = 0; ; tried += 1) {
      const claim = await store.claim(jobId, worker, HOUR_MS, NEVER);
      if (claim.kind !== "wait") return taken(claim);
      assert.ok(claim.ms > 0 && Number.isFinite(claim.ms), "wait names a time to wait");
      assert.ok(tried < 100, "a lease that nobody renews must run out");
      await this.elapse(Math.min(claim.ms, this.unitMs / 2));
    }
  }

  /** The progress of a job's only table, or of the one named. */
  async progress(jobId: string, table?: string): Promise<TableProgress> {
    const tables = await this.store.progress(jobId, NEVER);
    const found = table === undefined ? tables[0] : tables.find((candidate) => candidate.table === table);
    assert.ok(found, `progress names table ${table}`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The chunk of a claim that must have found one. */
export function taken(claim: Claim): Taken {
  assert.equal(claim.kind, "chunk", "a chunk is there to be claimed");
  assert.ok(claim.kind === "chunk");
  const { lease, chunk } = claim;
  return { lease, chunk };
}

/** A job with so many chunks in each of its tables. */
export function newJob(tables: Readonly<Record<string, number>>, kind: JobKind = "rekey"): NewJob {
  return {
    id: randomUUID(),
    kind,
    tables: Object.entries(tables).map(([id, chunks]) => ({
      id,
      keyspace: "app",
      name: id,
      columns: ["secret"],
      writeMode: "fenced",
      schema: undefined,
      ranges: ringIn(chunks),
    })),
  };
}

/** The whole ring in so many ranges. */
export function ringIn(count: number): readonly TokenRange[] {
  const step = (MAX_TOKEN - MIN_TOKEN) / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    after: MIN_TOKEN + step * BigInt(index),
    upTo: index === count - 1 ? MAX_TOKEN : MIN_TOKEN + step * BigInt(index + 1),
  }));
}

/** Totals that are told apart by one number. */
export function totals(rows: number, also: Partial<Totals> = {}): Totals {
  return {
    ...ZERO_TOTALS,
    scanned: rows,
    rekeyed: rows,
    cellsRekeyed: 2 * rows,
    bytes: 100 * rows,
    census: [{ column: "secret", keyVersion: "v1", cells: rows, newestWritetime: 2n ** 60n + BigInt(rows) }],
    ...also,
  };
}

/** Progress up to a made-up cursor. */
export function checkpoint(seq: number, rows: number, also: Partial<Totals> = {}): Checkpoint {
  return { seq, cursor: `cursor after ${rows}`, totals: totals(rows, also) };
}

/** Compares totals; the order of census entries means nothing. */
export function sameTotals(actual: Totals, expected: Totals, why: string): void {
  const sorted = (value: Totals) => ({
    ...value,
    census: value.census.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1)),
  });
  assert.deepEqual(sorted(actual), sorted(expected), why);
}

/** Passes when the promise rejects with that code. */
export async function refuses(code: string, promise: Promise<unknown>, why: string): Promise<void> {
  const outcome = await promise.then(
    () => "resolved",
    (error) => (isRekeyError(error) ? error.code : error),
  );
  assert.equal(outcome, code, why);
}

/** Everything that a lease allows, each of which must be refused to a holder that lost it. */
export async function allLost(store: StateStore, lease: Lease, why: string): Promise<void> {
  const late = checkpoint(90, 9_000);
  assert.equal(await store.checkpoint(lease, late, NEVER), "lost", `${why}: checkpoint`);
  assert.equal(await store.finish(lease, late, NEVER), "lost", `${why}: finish`);
  assert.equal(await store.release(lease, late, NEVER), "lost", `${why}: release`);
  assert.equal(await store.fail(lease, late, "late", false, NEVER), "lost", `${why}: fail`);
  assert.equal(await store.fail(lease, late, "late", true, NEVER), "lost", `${why}: fail for good`);
}

function idOf(entry: { readonly column: string; readonly keyVersion: string }): string {
  return JSON.stringify([entry.column, entry.keyVersion]);
}
