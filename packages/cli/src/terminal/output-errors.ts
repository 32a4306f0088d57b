/** What an {@link OutputErrors} needs of a stream; `process.stdout` and `process.stderr` have it. */
export interface OutputStream {
  prependListener(event: "error", listener: (error: Error) => void): unknown;
}

/**
 * Keeps a process alive whose output can no longer be written: its reader has gone (`| head`), or its terminal has hung
 * up. A run that is at work still has leases to give back.
 */
export class OutputErrors {
  readonly #met = new WeakSet<object>();

  /** From now on errors of these streams are heard, before anyone else hears them. */
  constructor(streams: readonly OutputStream[]) {
    for (const stream of streams) stream.prependListener("error", (error) => this.#met.add(error));
  }

  /** Whether an error that nobody caught is one of a stream's: oclif throws those of standard output that are not EPIPE. */
  met(error: unknown): boolean {
    return error instanceof Error && this.#met.has(error);
  }
}
