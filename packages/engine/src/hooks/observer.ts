import {
  type Clock,
  type Hook,
  isRekeyError,
  type Logger,
  RekeyError,
  type RekeyEvent,
} from "@cassandra-rekey/core";
import { FailureCount } from "./failure-count.ts";

/** A hook as the configuration names it. */
export interface NamedHook {
  readonly name: string;
  readonly hook: Hook;
  /** Whether the job waits for it and stops when it fails. */
  readonly critical?: boolean;
}

/** Events that one slow observer may have waiting. A critical one is waited for instead, so nothing overflows. */
const QUEUE_LENGTH = 1000;
/** How long a critical hook may take for one event, milliseconds; well within the time of a lease. */
export const CRITICAL_PATIENCE_MS = 30_000;

/** What an {@link Observer} works with. */
export interface ObserverParts {
  readonly named: NamedHook;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Told when the hook has room again after it missed events. */
  readonly onMissed: (jobId: string, events: number) => void;
}

/** One hook with the events that wait for it. Told one after the other; what it does with them is its own affair. */
export class Observer {
  readonly #parts: ObserverParts;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  readonly #failures = new FailureCount();
  #missed = 0;
  #untold = 0;
  #closed = false;
  #failure: RekeyError | undefined;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
  }

  get named(): NamedHook {
    return this.#parts.named;
  }

  offer(event: RekeyEvent, at: number): void {
    if (this.#closed || (!this.named.critical && this.#waiting >= QUEUE_LENGTH)) {
      this.#missed += 1;
      this.#untold += 1;
      return;
    }
    this.#waiting += 1;
    this.#tail = this.#tail.then(() => this.#tell(event, at));
  }

  /** Resolves when it has heard all that was offered so far. Rejects with `HOOK.FAILED` if it is critical and failed. */
  async heard(): Promise<void> {
    if (!this.#failure) await this.#tail;
    if (this.#failure) throw this.#failure;
  }

  /** Ends it, and says what the hook missed: what overflowed, and what it had not heard when time was up. */
  close(): void {
    this.#closed = true;
    const { logger, named } = this.#parts;
    const failures = this.#failures.untold;
    if (failures !== undefined) logger.warn({ hook: named.name, failures }, "a hook failed again and again");
    const dropped = this.#missed + this.#waiting;
    if (dropped > 0) logger.warn({ hook: named.name, dropped }, "a hook was too slow and missed events");
  }

  async #tell(event: RekeyEvent, at: number): Promise<void> {
    if (this.#closed) return;
    const { named, logger } = this.#parts;
    try {
      await this.#patiently(named.hook.on(event, at));
    } catch (error) {
      const failures = this.#failures.next();
      const what = { hook: named.name, event: event.type, reason: reasonOf(error), failures };
      if (failures !== undefined) logger.warn(what, "a hook failed");
      if (named.critical) this.#failure ??= failed(named.name, error);
    }
    this.#waiting -= 1;
    if (this.#waiting > 0 || this.#untold === 0 || this.#closed) return;
    const events = this.#untold;
    this.#untold = 0;
    this.#parts.onMissed(event.jobId, events);
  }

  /** A critical hook that hangs has failed: nothing more is told to it. */
  async #patiently(hearing: void | Promise<void>): Promise<void> {
    if (!this.named.critical) return hearing;
    const heard = new AbortController();
    const late = this.#parts.clock.sleep(CRITICAL_PATIENCE_MS, heard.signal).then(
      () => {
        this.#closed = true;
        throw new RekeyError("HOOK.FAILED", `it did not answer within ${CRITICAL_PATIENCE_MS / 1000} s`);
      },
      () => {},
    );
    try {
      await Promise.race([hearing, late.then(() => hearing)]);
    } finally {
      heard.abort();
    }
  }
}

function failed(name: string, error: unknown): RekeyError {
  // The text of a foreign error may quote anything.
  const reason = isRekeyError(error)
    ? error.message
    : `it threw ${error instanceof Error ? error.name : typeof error}`;
  return new RekeyError("HOOK.FAILED", `the critical hook ${name} failed: ${reason}`, { cause: error });
}

/** An error in words, for the log. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
