import { type ChangeSignal, type Clock, changeSignal } from "@cassandra-rekey/core";

/** Looks at something again and again until it is disposed of, and tells after each look. */
export class Polling implements AsyncDisposable {
  readonly #clock: Pick<Clock, "sleep">;
  readonly #intervalMs: number;
  readonly #look: (signal: AbortSignal) => Promise<void>;
  readonly #ended = new AbortController();
  readonly #signal: ChangeSignal = changeSignal();
  #looking: Promise<void> | undefined;

  constructor(clock: Pick<Clock, "sleep">, intervalMs: number, look: (signal: AbortSignal) => Promise<void>) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#look = look;
  }

  get changes(): AsyncIterable<void> {
    return this.#signal.changes;
  }

  /** Looks once, and from then on by itself. Rejects when the first look does. */
  async start(): Promise<void> {
    await this.#once();
    this.#looking = this.#keepLooking();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#signal.end();
    await this.#looking;
  }

  async #keepLooking(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#clock.sleep(this.#intervalMs, signal).catch(() => {});
      if (!signal.aborted) await this.#once();
    }
  }

  async #once(): Promise<void> {
    await this.#look(this.#ended.signal);
    if (!this.#ended.signal.aborted) this.#signal.tell();
  }
}
