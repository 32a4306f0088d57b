import { isRekeyError } from "@cassandra-rekey/core";
import type { Engine } from "@cassandra-rekey/engine";

/** Where a rotation is, as the service tells it. */
export type RotationState =
  | { readonly state: "idle" }
  | {
      readonly state: "running";
      readonly jobId: string;
      readonly fraction: number;
      readonly waiting: string | null;
    }
  | { readonly state: "stopped"; readonly jobId: string }
  | { readonly state: "done"; readonly jobId: string; readonly clean: boolean }
  | { readonly state: "failed"; readonly code: string; readonly message: string; readonly hint: string };

/** One rotation at a time, in the background of a service. */
export class Rotation implements AsyncDisposable {
  readonly #engine: Engine;
  #state: RotationState = { state: "idle" };
  #stop = new AbortController();
  #work: Promise<void> = Promise.resolve();
  /** The verification that was stopped. */
  #verification: string | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get state(): RotationState {
    return this.#state;
  }

  /** Plans a job and runs it, or goes on with the one that was stopped. `false` while one is running. */
  async start(): Promise<boolean> {
    if (this.#state.state === "running") return false;
    const unfinished = this.#state.state === "stopped" ? this.#state.jobId : undefined;
    this.#stop = new AbortController();
    this.#state = { state: "running", jobId: unfinished ?? "", fraction: 0, waiting: null };
    this.#work = this.#rotate(unfinished).catch((error: unknown) => {
      this.#state = failureOf(error);
    });
    return true;
  }

  /** Finishes the pages in hand; what was acknowledged is stored, and `start` goes on from there. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  /** Resolves when nothing is running. */
  async settled(): Promise<RotationState> {
    await this.#work;
    return this.#state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#engine[Symbol.asyncDispose]();
  }

  async #rotate(unfinished: string | undefined): Promise<void> {
    const stop = this.#stop.signal;
    await this.#engine.init();
    const jobId = unfinished ?? (await this.#engine.plan()).jobId;
    try {
      const { outcome } = await this.#engine.run({
        jobId,
        stop,
        onProgress: ({ tables, waiting }) => {
          const fraction = tables.reduce((sum, table) => sum + table.fraction, 0) / tables.length;
          this.#state = { state: "running", jobId, fraction, waiting: waiting ?? null };
        },
      });
      if (outcome === "interrupted") {
        this.#state = { state: "stopped", jobId };
        return;
      }
      const verified = await this.#engine.verify({ jobId: this.#verification, stop });
      // What was not read to its end is not clean, and goes on where it was.
      this.#verification = verified.outcome === "interrupted" ? verified.jobId : undefined;
      this.#state =
        verified.outcome === "interrupted"
          ? { state: "stopped", jobId }
          : { state: "done", jobId, clean: verified.clean };
    } catch (error) {
      // Stopped before a page was in hand: while keys were opened, for example.
      if (!isRekeyError(error) || error.code !== "INTERRUPTED") throw error;
      this.#state = { state: "stopped", jobId };
    }
  }
}

/** What may be told of an error: ours never hold a secret, others may. */
function failureOf(error: unknown): RotationState {
  if (!isRekeyError(error))
    return { state: "failed", code: "UNEXPECTED", message: "a defect", hint: "See the log." };
  const { code, message, hint } = error;
  return { state: "failed", code, message, hint };
}
