import { RekeyError } from "@cassandra-rekey/core";

/** The signals that are obeyed: Ctrl-C, a polite `kill`, and the terminal or connection that went away. */
const OBEYED = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

type Listener = (signal: NodeJS.Signals) => void;

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(event: (typeof OBEYED)[number], listener: Listener): unknown;
  off(event: (typeof OBEYED)[number], listener: Listener): unknown;
}

/** What an {@link Interruption} may do besides aborting. */
export interface InterruptionOptions {
  /** Whether the first signal asks for a graceful end, so that only the second aborts. */
  readonly graceful: boolean;
  readonly say: (text: string) => void;
  /** Ends the process without waiting for anything. */
  readonly quit: () => void;
}

const PATIENCE_MS = 3000;

/**
 * Turns Ctrl-C, SIGTERM and SIGHUP into signals: `stop` asks for an end after the page in hand, `abort` for one at once.
 * Who does not obey `abort` within three seconds, or when asked once more, is ended.
 */
export class Interruption implements Disposable {
  readonly #options: InterruptionOptions;
  readonly #source: SignalSource;
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  #patience: NodeJS.Timeout | undefined;

  constructor(source: SignalSource, options: InterruptionOptions) {
    this.#source = source;
    this.#options = options;
    for (const signal of OBEYED) source.on(signal, this.#onSignal);
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get abort(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#patience);
    for (const signal of OBEYED) this.#source.off(signal, this.#onSignal);
  }

  readonly #onSignal: Listener = (signal) => {
    // The shell and the kernel each send one when a terminal goes, and systemd one behind its SIGTERM: nobody insists.
    if (signal === "SIGHUP" && this.stop.aborted) return;
    const reason = new RekeyError("INTERRUPTED", `Interrupted by ${signal}.`);
    if (this.#options.graceful && !this.stop.aborted) {
      this.#options.say(
        signal === "SIGHUP"
          ? "Hung up: stopping after the page in hand."
          : "Stopping after the page in hand; press Ctrl-C again to stop at once.",
      );
      this.#stop.abort(reason);
    } else if (!this.abort.aborted) {
      this.#stop.abort(reason);
      this.#abort.abort(reason);
      this.#patience = setTimeout(this.#options.quit, PATIENCE_MS).unref();
    } else {
      this.#options.quit();
    }
  };
}
