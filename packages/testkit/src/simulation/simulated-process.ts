import type { Clock } from "@cassandra-rekey/core";
import type { VirtualTime } from "./virtual-time.ts";

/** When a trigger is asked: before a call leaves the process, or when its answer has come and is not yet seen. */
export type CallMoment = "before" | "after";

/** How a process is stopped: by a signal, or with its host, whose monotonic clock then stands still. */
export type Freeze = "stopped" | "suspended";

interface OwnTimer {
  dueMs: number;
  readonly fire: () => void;
  cancel: () => void;
}

/**
 * A process of a simulated world, with its own clocks. Everything that it waits for comes through `clock` and through
 * the parts that went through {@link mortal}: so it can be stopped for a while, or die, at any await. What it
 * sent before takes effect all the same.
 */
export class SimulatedProcess {
  readonly clock: Clock;
  /** Called with each call of the process, numbered from 0: the place to crash or freeze it. */
  onCall: (call: number, moment: CallMoment, name: string) => void = () => {};
  readonly #time: VirtualTime;
  readonly #timers = new Set<OwnTimer>();
  #held: (() => void)[] = [];
  #aheadMs: number;
  #suspendedMs = 0;
  #calls = 0;
  #isDead = false;
  #isFrozen = false;

  /** `aheadMs`: how far the wall clock of its host is ahead of true time. */
  constructor(time: VirtualTime, aheadMs = 0) {
    this.#time = time;
    this.#aheadMs = aheadMs;
    this.clock = {
      wallMs: () => time.utcMs + this.#aheadMs,
      monotonicMs: () => time.nowMs - this.#suspendedMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
      timeout: (ms) => this.#timeout(ms),
    };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The process ends here: nothing that it waits for ever comes. */
  crash(): void {
    this.#isDead = true;
    this.#held = [];
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /**
   * The process stands still for `ms`, and then goes on with what came meanwhile, in order or, with `reverse`,
   * the latest first.
   */
  freeze(ms: number, how: Freeze, reverse = false): void {
    if (this.#isDead || this.#isFrozen) return;
    this.#isFrozen = true;
    const startedMs = this.#time.nowMs;
    if (how === "suspended") for (const timer of this.#timers) timer.cancel();
    this.#time.after(ms, () => {
      if (this.#isDead) return;
      this.#isFrozen = false;
      if (how === "suspended") this.#resumeTimers(this.#time.nowMs - startedMs);
      const held = reverse ? this.#held.reverse() : this.#held;
      this.#held = [];
      // Each by itself, with all that follows from it before the next, as an event loop has it.
      for (const go of held) this.#time.after(0, () => this.#passOn(go));
    });
  }

  /** Sets its wall clock forward or, with a negative number, back. */
  stepWall(ms: number): void {
    this.#aheadMs += ms;
  }

  /** A part as this process sees it: calls end with the process, and answers wait while it is frozen. */
  mortal<Part extends object>(part: Part): Part {
    const members = new Map<PropertyKey, unknown>();
    return new Proxy(part, {
      get: (target, name) => {
        if (members.has(name)) return members.get(name);
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        const call = (...args: unknown[]) => this.#call(String(name), () => member.apply(target, args));
        members.set(name, call);
        return call;
      },
    });
  }

  #call(name: string, call: () => unknown): unknown {
    if (this.#isDead) return new Promise(() => {});
    if (name === "group" || name === "replicas") return call();
    const number = this.#calls;
    this.#calls += 1;
    this.onCall(number, "before", name);
    // Crashed by its trigger: the call never leaves.
    if (this.isDead) return new Promise(() => {});
    const answer = call();
    if (!(answer instanceof Promise)) return answer;
    return new Promise((resolve, reject) => {
      const arrive = (go: () => void) => {
        if (this.#isDead) return;
        this.onCall(number, "after", name);
        this.#passOn(go);
      };
      answer.then(
        (result) => arrive(() => resolve(result)),
        (error: unknown) => arrive(() => reject(error)),
      );
    });
  }

  #passOn(go: () => void): void {
    if (this.#isDead) return;
    if (this.#isFrozen) this.#held.push(go);
    else go();
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.#after(ms, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    this.#after(ms, () => controller.abort(new DOMException("the operation timed out", "TimeoutError")));
    return controller.signal;
  }

  #after(ms: number, fire: () => void): () => void {
    if (this.#isDead) return () => {};
    const timer: OwnTimer = { dueMs: this.#time.nowMs + ms, fire, cancel: () => {} };
    this.#timers.add(timer);
    this.#set(timer, ms);
    return () => {
      this.#timers.delete(timer);
      timer.cancel();
    };
  }

  #set(timer: OwnTimer, ms: number): void {
    timer.cancel = this.#time.after(ms, () => {
      if (!this.#timers.delete(timer)) return;
      this.#passOn(timer.fire);
    });
  }

  #resumeTimers(pausedMs: number): void {
    this.#suspendedMs += pausedMs;
    for (const timer of this.#timers) {
      timer.dueMs += pausedMs;
      this.#set(timer, timer.dueMs - this.#time.nowMs);
    }
  }
}
