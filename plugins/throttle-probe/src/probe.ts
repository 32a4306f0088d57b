import type { Clock, Limit, Lookout, Sample } from "@cassandra-rekey/core";
import type { Answer } from "./endpoint.ts";
import type { ProbeOptions } from "./probe-options.ts";
import { SlowReturn } from "./slow-return.ts";

type Rules = Pick<ProbeOptions, "threshold" | "resume_below" | "critical" | "on_failure">;

/** What a {@link Probe} is made of. */
export interface ProbeParts {
  readonly rules: Rules;
  /** Never rejects. */
  readonly ask: (signal: AbortSignal) => Promise<Answer>;
  /** What the value is called. */
  readonly name: string;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** Holds the job while an endpoint's value is above a threshold, or cannot be had; what was too much comes back slowly. */
export class Probe implements Lookout {
  readonly #parts: ProbeParts;
  #held: { readonly why: string; readonly sinceMs: number } | undefined;
  #pause: string | undefined;
  readonly #return: SlowReturn;
  /** Why it was held last because of too much load. */
  #tooMuch = "";

  constructor(parts: ProbeParts) {
    this.#parts = parts;
    this.#return = new SlowReturn(parts.clock.monotonicMs());
  }

  observe(sample: Sample): void {
    this.#return.observe(sample);
  }

  limit(): Limit {
    if (!this.#held) return this.#slowly();
    const { why, sinceMs } = this.#held;
    const seconds = Math.round((this.#parts.clock.monotonicMs() - sinceMs) / 1000);
    const hold = `throttle-probe: ${why} for ${seconds} s`;
    return { hold, ...(this.#pause !== undefined && { pause: `throttle-probe: ${this.#pause}` }) };
  }

  async look(signal: AbortSignal): Promise<void> {
    const { ask, clock } = this.#parts;
    const answer = await ask(signal);
    const why = this.#why(answer);
    const isFailure = answer.kind === "failure";
    if (why !== undefined && !isFailure && !this.#held) this.#tooMuch = why;
    this.#return.look(why === undefined ? "free" : isFailure ? "held" : "too much", clock.monotonicMs());
    this.#held = why === undefined ? undefined : { why, sinceMs: this.#held?.sinceMs ?? clock.monotonicMs() };
    const { critical } = this.#parts.rules;
    const isCritical = answer.kind === "value" && critical !== undefined && answer.value > critical;
    if (isCritical) this.#pause = `${this.#parts.name} says ${text(answer.value)} > ${critical}`;
    else if (!isFailure) this.#pause = undefined;
  }

  #slowly(): Limit {
    const { rowsPerSecond } = this.#return;
    if (rowsPerSecond === undefined) return {};
    return {
      rowsPerSecond,
      reason: `throttle-probe: ${text(rowsPerSecond)} rows/s, coming back since ${this.#tooMuch}`,
    };
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
