import {
  type Claim,
  type Lease,
  type LeaseOutcome,
  RekeyError,
  type StateStore,
} from "@cassandra-rekey/core";
import type { VirtualTime } from "../../packages/testkit/src/index.ts";
import { CallCounter } from "./call-counter.ts";
import type { Encounters } from "./encounters.ts";
import type { Scenario } from "./scenario.ts";

/** Milliseconds from a worker to the store, and as many back. */
const LATENCY_MS = 2;

interface Holder {
  readonly epoch: number;
  readonly visit: number;
  readonly worker: string;
  ended: boolean;
}

/**
 * A state store at the other end of a network that loses calls and answers, with an eye on who ends which chunk.
 */
export class WatchedStore {
  readonly store: StateStore;
  /** When the visit that counts for a chunk began, by job, table, chunk and visit: no earlier, milliseconds. */
  readonly visitsBegan = new Map<string, number>();
  readonly #inner: StateStore;
  readonly #time: VirtualTime;
  readonly #scenario: Scenario;
  readonly #encounters: Encounters;
  readonly #violated: (what: string) => void;
  readonly #trace: (line: string) => void;
  readonly #holders = new Map<string, Holder>();
  readonly #finishers = new Map<string, string>();
  readonly #calls = new CallCounter();
  isFaulty = true;

  constructor(
    inner: StateStore,
    parts: {
      readonly time: VirtualTime;
      readonly scenario: Scenario;
      readonly encounters: Encounters;
      readonly violated: (what: string) => void;
      readonly trace: (line: string) => void;
    },
  ) {
    this.#inner = inner;
    this.#time = parts.time;
    this.#scenario = parts.scenario;
    this.#encounters = parts.encounters;
    this.#violated = parts.violated;
    this.#trace = parts.trace;
    this.store = new Proxy(inner, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function" || name === "quarantined") return bound(member, target);
        return (...args: unknown[]) => this.#call(String(name), args);
      },
    });
  }

  async #call(name: string, args: readonly unknown[]): Promise<unknown> {
    const isCall = this.#calls.next(name);
    const fault = this.#scenario.troubles.find(
      (trouble) => trouble.kind === "store call" && this.isFaulty && isCall(trouble),
    );
    const { delayMs = 0, outcome = "answered" } = fault?.kind === "store call" ? fault : {};
    await this.#time.wait(LATENCY_MS + delayMs);
    if (outcome === "lost") throw lost();
    const method = Reflect.get(this.#inner, name) as (...all: readonly unknown[]) => Promise<unknown>;
    const result = await method.apply(this.#inner, [...args]);
    this.#trace(
      `store ${name} ${JSON.stringify(result, (_, value) => (typeof value === "bigint" ? `${value}` : value))}`,
    );
    this.#watch(name, args, result);
    await this.#time.wait(LATENCY_MS);
    if (outcome === "answered") return result;
    this.#encounters.meet("unknown outcome of a store call");
    throw lost();
  }

  #watch(name: string, args: readonly unknown[], result: unknown): void {
    if (name === "reopenYoung" && Number(result) > 0)
      this.#encounters.meet("young cell left for the later visit");
    if (name === "claim") this.#claimed(result as Claim);
    else if (/^(finish|release|fail)$/.test(name) && (result as LeaseOutcome) === "held") {
      this.#ended(name, args[0] as Lease);
    }
  }

  #claimed(claim: Claim): void {
    if (claim.kind !== "chunk") return;
    const { lease, chunk } = claim;
    const place = `${lease.jobId}/${lease.table}/${lease.chunkId}`;
    const before = this.#holders.get(place);
    if (before && !before.ended) this.#encounters.meet("takeover of a chunk");
    if (before && before.epoch >= lease.epoch)
      this.#violated(`chunk ${place} was given out twice at one epoch`);
    this.#holders.set(place, { epoch: lease.epoch, visit: chunk.visit, worker: lease.worker, ended: false });
    const visit = `${place}/${chunk.visit}`;
    if (!this.visitsBegan.has(visit)) this.visitsBegan.set(visit, this.#time.nowMs);
  }

  #ended(how: string, lease: Lease): void {
    const place = `${lease.jobId}/${lease.table}/${lease.chunkId}`;
    const holder = this.#holders.get(place);
    if (!holder || holder.epoch !== lease.epoch || holder.worker !== lease.worker) {
      this.#violated(`${lease.worker} ended chunk ${place}, which ${holder?.worker} holds`);
      return;
    }
    holder.ended = true;
    if (how !== "finish") return;
    const visit = `${place}/${holder.visit}`;
    const finisher = this.#finishers.get(visit);
    if (finisher !== undefined && finisher !== lease.worker) {
      this.#violated(`${finisher} and ${lease.worker} both finished chunk ${visit}`);
    }
    this.#finishers.set(visit, lease.worker);
  }
}

function bound(member: unknown, target: object): unknown {
  return typeof member === "function" ? member.bind(target) : member;
}

function lost(): RekeyError {
  return new RekeyError("STATE.UNAVAILABLE", "made up: no answer");
}
