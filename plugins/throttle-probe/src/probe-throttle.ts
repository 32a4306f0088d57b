import {
  type ChangeSignal,
  type Clock,
  changeSignal,
  type Limit,
  type Throttle,
} from "@cassandra-rekey/core";
import type { Answer } from "./endpoint.ts";
import type { ProbeOptions } from "./probe-options.ts";

type Rules = Pick<
  ProbeOptions,
  "threshold" | "resume_below" | "critical" | "on_failure" | "interval_seconds"
>;

/** What a {@link ProbeThrottle} is made of. */
export interface ProbeParts {
  readonly rules: Rules;
  /** Never rejects. */
  readonly ask: (signal: AbortSignal) => Promise<Answer>;
  /** What the value is called. */
  readonly name: string;
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
}

/** Holds the job while an endpoint's value is above a threshold, or cannot be had. */
export class ProbeThrottle implements Throttle {
  readonly #parts: ProbeParts;
  readonly #ended = new AbortController();
  readonly #signal: ChangeSignal = changeSignal();
  #looking: Promise<void> | undefined;
  #held: { readonly why: string; readonly sinceMs: number } | undefined;
  #pause: string | undefined;

  constructor(parts: ProbeParts) {
    this.#parts = parts;
  }

  get changes(): AsyncIterable<void> {
    return this.#signal.changes;
  }

  /** Looks once, and from then on by itself. */
  async start(): Promise<void> {
    await this.#look();
    this.#looking = this.#keepLooking();
  }

  limit(): Limit {
    if (!this.#held) return {};
    const { why, sinceMs } = this.#held;
    const seconds = Math.round((this.#parts.clock.monotonicMs() - sinceMs) / 1000);
    const hold = `throttle-probe: ${why} for ${seconds} s`;
    return { hold, ...(this.#pause !== undefined && { pause: `throttle-probe: ${this.#pause}` }) };
  }

  observe(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#signal.end();
    await this.#looking;
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#ended;
    const { clock, rules } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(rules.interval_seconds * 1000, signal).catch(() => {});
      if (!signal.aborted) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { ask, clock } = this.#parts;
    const answer = await ask(this.#ended.signal);
    if (this.#ended.signal.aborted) return;
    const before = this.#held;
    const why = this.#why(answer);
    this.#held = why === undefined ? undefined : { why, sinceMs: before?.sinceMs ?? clock.monotonicMs() };
    const { critical } = this.#parts.rules;
    const isCritical = answer.kind === "value" && critical !== undefined && answer.value > critical;
    if (isCritical) this.#pause = `${this.#parts.name} says ${text(answer.value)} > ${critical}`;
    else if (answer.kind !== "failure") this.#pause = undefined;
    if ((before === undefined) !== (this.#held === undefined) || isCritical) this.#signal.tell();
  }

  /** Why the job is to be held after this answer. */
  #why(answer: Answer): string | undefined {
    const { name, rules } = this.#parts;
    if (answer.kind === "failure")
      return rules.on_failure === "hold" ? `${name} cannot be asked (${answer.why})` : undefined;
    if (answer.kind === "status") return answer.free ? undefined : `${name} says ${answer.status}`;
    const { threshold = Number.POSITIVE_INFINITY, resume_below: resumeBelow = threshold } = rules;
    if (answer.value > threshold) return `${name} says ${text(answer.value)} > ${threshold}`;
    // Between the two it stays as it was.
    if (this.#held && answer.value > resumeBelow)
      return `${name} says ${text(answer.value)}, not yet back to ${resumeBelow}`;
    return undefined;
  }
}

function text(value: number): string {
  return String(Number(value.toPrecision(3)));
}
