import { setImmediate as macrotask } from "node:timers/promises";
import { RekeyError } from "@cassandra-rekey/core";

interface Timer {
  dueMs: number;
  readonly order: number;
  readonly owner: object | undefined;
  readonly fire: () => void;
}

/** Past this much virtual time {@link VirtualTime.run} takes a promise for one that never settles, milliseconds. */
const LONGEST_RUN_MS = 7 * 86_400_000;

/**
 * The time of a simulated world: it stands still until it is advanced, and then jumps from timer to timer.
 * Code under it must wait for nothing but promises and these timers; then the same run has the same order every time.
 */
export class VirtualTime {
  /** UTC at the origin, milliseconds. */
  readonly epochMs: number;
  readonly #timers: Timer[] = [];
  #nowMs = 0;
  #order = 0;

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.epochMs = epochMs;
  }

  /** Milliseconds since the origin. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** True UTC, which no clock in this world needs to agree with; milliseconds. */
  get utcMs(): number {
    return this.epochMs + this.#nowMs;
  }

  /** Calls `fire` after `ms`; timers due at the same time fire in the order in which they were set. Returns how to cancel it. */
  after(ms: number, fire: () => void, owner?: object): () => void {
    const timer: Timer = {
      dueMs: this.#nowMs + Math.max(0, ms),
      order: this.#order,
      owner,
      fire,
    };
    this.#order += 1;
    this.#insert(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Resolves after `ms`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Resolves when nothing can go on without a timer. */
  async idle(): Promise<void> {
    // All microtasks, those that they queue included, run before the next macrotask.
    await macrotask();
  }

  /** Moves time forward, timer by timer, letting everything come to rest in between. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.idle();
    for (let next = this.#timers[0]; next && next.dueMs <= untilMs; next = this.#timers[0]) {
      await this.#fireNext();
    }
    this.#nowMs = untilMs;
  }

  /** Settles as `promise` does, advancing time whenever everything waits for it. */
  async run<Result>(promise: Promise<Result>): Promise<Result> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    watched.catch(() => {});
    const untilMs = this.#nowMs + LONGEST_RUN_MS;
    await this.idle();
    while (!settled) {
      if (this.#timers.length === 0) throw stuck("everything waits, and no timer is set");
      if (this.#nowMs > untilMs) throw stuck(`not settled after ${LONGEST_RUN_MS} ms of virtual time`);
      await this.#fireNext();
    }
    return watched;
  }

  /** Jumps forward without firing: what `owner` set is put off by as much, what others set is overdue and fires next. */
  skip(ms: number, owner: object): void {
    this.#nowMs += ms;
    const own = this.#timers.filter((timer) => timer.owner === owner);
    for (const timer of own) {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.dueMs += ms;
      this.#insert(timer);
    }
  }

  async #fireNext(): Promise<void> {
    const timer = this.#timers.shift()!;
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
    timer.fire();
    await this.idle();
  }

  #insert(timer: Timer): void {
    let index = this.#timers.length;
    while (index > 0 && isLater(this.#timers[index - 1]!, timer)) index -= 1;
    this.#timers.splice(index, 0, timer);
  }
}

function isLater(a: Timer, b: Timer): boolean {
  return a.dueMs > b.dueMs || (a.dueMs === b.dueMs && a.order > b.order);
}

function stuck(why: string): RekeyError {
  return new RekeyError("INTERNAL.INVARIANT", `the simulation is stuck: ${why}`);
}
