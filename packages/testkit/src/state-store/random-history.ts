import assert from "node:assert/strict";
import type { Checkpoint, Claim, JobState, Lease, LeaseOutcome, StateStore } from "@cassandra-rekey/core";
import type { SeededRandom } from "../simulation/seeded-random.ts";
import { HOUR_MS, NEVER, newJob, type Scene, sameTotals, totals } from "./scene.ts";
import { type Ending, StoreModel } from "./store-model.ts";

interface HeldLease {
  readonly lease: Lease;
  seq: number;
  rows: number;
}

type Call = (store: StateStore) => Promise<LeaseOutcome>;

const STATES: readonly JobState[] = ["planned", "running", "paused", "failed", "done"];
const LEASE_MS = 60_000;

/**
 * Makes random calls on one job through several stores, with old leases, repeats and takeovers among them, and
 * compares every answer, and the progress after every call, with {@link StoreModel}.
 */
export class RandomHistory {
  readonly #scene: Scene;
  readonly #stores: readonly StateStore[];
  readonly #random: SeededRandom;
  readonly #model = new StoreModel(newJob({ a: 3, b: 2 }));
  readonly #leases: HeldLease[] = [];
  readonly #elapses: boolean;
  readonly #log: string[] = [];
  #repeat: { readonly call: Call; readonly expect: () => LeaseOutcome } | undefined;
  #nowMs = 0;

  constructor(scene: Scene, random: SeededRandom, elapses: boolean) {
    this.#scene = scene;
    this.#stores = [scene.store, scene.other];
    this.#random = random;
    this.#elapses = elapses;
  }

  /** Everything that was called, for the report of a failure. */
  get log(): readonly string[] {
    return this.#log;
  }

  async play(steps: number): Promise<void> {
    await this.#scene.store.createJob(this.#model.job, NEVER);
    const moves = [
      ...[1, 2, 3, 4].map(() => () => this.#claim()),
      ...[1, 2, 3].map(() => () => this.#checkpoint()),
      ...[1, 2, 3].map(() => () => this.#end()),
      () => this.#again(),
      () => this.#again(),
      () => this.#reopenYoung(),
      () => this.#reopenFailed(),
      () => this.#reclaim(),
      () => this.#transition(),
      ...(this.#elapses ? [() => this.#elapse()] : []),
    ];
    for (let step = 0; step < steps; step += 1) {
      await this.#pick(moves)();
      await this.#compareProgress();
    }
  }

  async #claim(): Promise<void> {
    const worker = `w${this.#random.integer(3)}`;
    this.#log.push(`claim by ${worker}`);
    const claim = await this.#store().claim(this.#model.job.id, worker, this.#leaseMs, NEVER);
    this.#log.push(`  -> ${described(claim)}`);
    if (claim.kind !== "chunk") {
      assert.equal(claim.kind, this.#model.withoutChunk(this.#nowMs), "a claim without a chunk");
      return;
    }
    const { lease, chunk } = claim;
    const expected = this.#model.take(chunk, worker, this.#leaseMs, this.#nowMs, lease.epoch);
    assert.ok(expected, `chunk ${chunk.table}/${chunk.id} may be given, with epoch ${lease.epoch}`);
    assert.deepEqual(lease, expected.lease);
    const { totals: found, ...rest } = chunk;
    const { totals: known, ...model } = expected.chunk;
    assert.deepEqual(rest, model);
    sameTotals(found, known, "the totals of a claimed chunk");
    this.#leases.push({ lease, seq: 0, rows: known.scanned });
  }

  async #checkpoint(): Promise<void> {
    const held = this.#lease();
    if (!held) return;
    const progress = this.#advance(held);
    await this.#call(
      `checkpoint ${progress.seq} of ${nameOf(held.lease)}`,
      (store) => store.checkpoint(held.lease, progress, NEVER),
      () => this.#model.checkpoint(held.lease, progress, this.#nowMs),
    );
  }

  async #end(): Promise<void> {
    const held = this.#lease();
    if (!held) return;
    const progress = this.#advance(held);
    const { lease } = held;
    const error = `error ${this.#log.length}`;
    const [name, ending, call] = this.#pick<readonly [string, Ending, Call]>([
      ["finish", { state: "done" }, (store) => store.finish(lease, progress, NEVER)],
      ["release", { state: "pending" }, (store) => store.release(lease, progress, NEVER)],
      ["fail", { state: "pending", error }, (store) => store.fail(lease, progress, error, false, NEVER)],
      [
        "fail for good",
        { state: "failed", error },
        (store) => store.fail(lease, progress, error, true, NEVER),
      ],
    ]);
    await this.#call(`${name} ${progress.seq} of ${nameOf(lease)}`, call, () =>
      this.#model.end(lease, progress, ending),
    );
  }

  /** The last call under a lease once more, however much has happened since. */
  async #again(): Promise<void> {
    const repeat = this.#repeat;
    if (repeat) await this.#call("the last of these again", repeat.call, repeat.expect);
  }

  async #reopenYoung(): Promise<void> {
    this.#log.push("reopenYoung");
    const count = await this.#store().reopenYoung(this.#model.job.id, NEVER);
    assert.equal(count, this.#model.reopenYoung(), "chunks reopened for their young cells");
  }

  async #reopenFailed(): Promise<void> {
    this.#log.push("reopenFailed");
    const count = await this.#store().reopenFailed(this.#model.job.id, NEVER);
    assert.equal(count, this.#model.reopenFailed(), "failed chunks reopened");
  }

  async #reclaim(): Promise<void> {
    // On a real clock nothing is idle for an hour, and everything for no time at all.
    const idleMs = this.#pick(this.#elapses ? [0, LEASE_MS / 2, HOUR_MS] : [0, HOUR_MS]);
    this.#log.push(`reclaim after ${idleMs} ms`);
    const count = await this.#store().reclaim(this.#model.job.id, idleMs, NEVER);
    assert.equal(count, this.#model.reclaim(idleMs, this.#nowMs), "chunks reclaimed");
  }

  async #transition(): Promise<void> {
    const from = STATES.filter(() => this.#random.fraction() < 0.5);
    const to = this.#pick(STATES);
    this.#log.push(`transition from ${from} to ${to}`);
    const outcome = await this.#store().transition(this.#model.job.id, from, to, NEVER);
    assert.deepEqual(outcome, this.#model.transition(from, to));
    assert.equal((await this.#store().job(this.#model.job.id, NEVER))?.state, this.#model.jobState);
  }

  async #elapse(): Promise<void> {
    const ms = Math.ceil(this.#random.fraction() * LEASE_MS * 1.2);
    this.#log.push(`${ms} ms pass`);
    await this.#scene.elapse(ms);
    this.#nowMs += ms;
  }

  async #call(what: string, call: Call, expect: () => LeaseOutcome): Promise<void> {
    this.#log.push(what);
    const outcome = await call(this.#store());
    this.#log.push(`  -> ${outcome}`);
    assert.equal(outcome, expect(), what);
    this.#repeat = { call, expect };
  }

  async #compareProgress(): Promise<void> {
    const found = await this.#store().progress(this.#model.job.id, NEVER);
    for (const expected of this.#model.progress()) {
      const table = found.find((candidate) => candidate.table === expected.table);
      assert.ok(table, `progress of ${expected.table}`);
      assert.deepEqual(table.chunks, expected.chunks, `chunks of ${expected.table}`);
      sameTotals(table.totals, expected.totals, `totals of ${expected.table}`);
      assert.ok(Math.abs(table.fraction - expected.fraction) < 1e-9, `fraction of ${expected.table}`);
      const errors = this.#model.errors(expected.table);
      assert.ok(
        errors.length === 0 ? table.lastError === undefined : errors.includes(table.lastError ?? ""),
        `last error of ${expected.table}: ${table.lastError}`,
      );
    }
  }

  get #leaseMs(): number {
    return this.#elapses ? LEASE_MS : HOUR_MS;
  }

  #store(): StateStore {
    return this.#pick(this.#stores);
  }

  /** Mostly a recent lease, sometimes one that is long gone. */
  #lease(): HeldLease | undefined {
    const recent = this.#leases.slice(-4);
    return this.#pick(this.#random.fraction() < 0.8 ? recent : this.#leases);
  }

  #advance(held: HeldLease): Checkpoint {
    held.seq += 1;
    held.rows += this.#random.integer(10);
    const young = this.#random.fraction() < 0.4 ? 1 : 0;
    const cursor = this.#random.fraction() < 0.2 ? undefined : `row ${held.rows}`;
    return { seq: held.seq, cursor, totals: totals(held.rows, { young }) };
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#random.integer(items.length)]!;
  }
}

function nameOf({ table, chunkId, worker, epoch }: Lease): string {
  return `${table}/${chunkId} by ${worker}, epoch ${epoch}`;
}

function described(claim: Claim): string {
  return claim.kind === "chunk" ? nameOf(claim.lease) : claim.kind;
}
