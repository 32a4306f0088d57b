import { readFile } from "node:fs/promises";
import { type Hook, type PluginContext, RekeyError, type RekeyEvent } from "@cassandra-rekey/core";

type Verdict = Awaited<ReturnType<NonNullable<Hook["gate"]>>>;

/** Starts nothing on a day of Acme's change freeze, and tells when a job has ended. */
export class FreezeHook implements Hook {
  readonly #calendar: string;
  readonly #ctx: Pick<PluginContext, "clock" | "logger">;

  constructor(calendar: string, ctx: Pick<PluginContext, "clock" | "logger">) {
    this.#calendar = calendar;
    this.#ctx = ctx;
  }

  on(event: RekeyEvent): void {
    if (event.type === "job.finished")
      this.#ctx.logger.info({ job: event.jobId }, `acme: the job is ${event.state}`);
  }

  async gate(): Promise<Verdict> {
    const today = new Date(this.#ctx.clock.wallMs()).toISOString().slice(0, 10);
    const days = await this.#days();
    return days.includes(today)
      ? { allow: false, reason: `${today} is a day of the change freeze` }
      : { allow: true };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #days(): Promise<readonly unknown[]> {
    try {
      const days: unknown = JSON.parse(await readFile(this.#calendar, "utf8"));
      if (Array.isArray(days)) return days;
    } catch {
      // Told below: nobody knows whether today is one.
    }
    throw new RekeyError("CONFIG.INVALID", `the calendar ${this.#calendar} is not a JSON list of days`, {
      hint: "Ask the platform team for the calendar of this host.",
    });
  }
}
