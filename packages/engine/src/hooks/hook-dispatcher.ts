import {
  type Clock,
  type Hook,
  type JobKind,
  type Logger,
  RekeyError,
  type RekeyEvent,
} from "@cassandra-rekey/core";

/** A hook as the configuration names it. */
export interface NamedHook {
  readonly name: string;
  readonly hook: Hook;
}

/** Events that one slow observer may have waiting. */
const QUEUE_LENGTH = 1000;
/** How long the end of a run waits for observers to hear the rest, milliseconds. */
const FAREWELL_MS = 2_000;

/**
 * Tells hooks what happens. Each observer has its own bounded queue: a slow one loses events, which are counted, and
 * a failing one is logged; neither slows or fails the job.
 */
export class HookDispatcher implements AsyncDisposable {
  readonly #observers: readonly Observer[];
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #listener: ((event: RekeyEvent) => void) | undefined;

  constructor(
    hooks: readonly NamedHook[],
    logger: Logger,
    clock: Clock,
    listener?: (event: RekeyEvent) => void,
  ) {
    this.#observers = hooks.map((named) => new Observer(named, logger));
    this.#logger = logger;
    this.#clock = clock;
    this.#listener = listener;
  }

  emit(event: RekeyEvent): void {
    try {
      this.#listener?.(event);
    } catch (error) {
      this.#logger.warn({ event: event.type, reason: reasonOf(error) }, "the event listener failed");
    }
    for (const observer of this.#observers) observer.offer(event);
  }

  /** Asks every gate; rejects with `JOB.VETOED` when one refuses. */
  async askGates(
    start: { readonly jobId: string; readonly kind: JobKind },
    signal: AbortSignal,
  ): Promise<void> {
    for (const { named } of this.#observers) {
      const verdict = await named.hook.gate?.(start, signal);
      if (verdict && !verdict.allow) {
        throw new RekeyError("JOB.VETOED", `hook ${named.name} refused the start: ${verdict.reason}`);
      }
    }
  }

  /** Resolves when every observer has heard what was waiting for it, or had a moment to. */
  async [Symbol.asyncDispose](): Promise<void> {
    const heard = new AbortController();
    const drained = Promise.all(this.#observers.map((observer) => observer.drained()));
    const patience = this.#clock.sleep(FAREWELL_MS, heard.signal).catch(() => {});
    await Promise.race([drained, patience]);
    heard.abort();
    for (const observer of this.#observers) observer.sumUp();
  }
}

class Observer {
  readonly named: NamedHook;
  readonly #logger: Logger;
  readonly #queue: RekeyEvent[] = [];
  #working: Promise<void> | undefined;
  #dropped = 0;

  constructor(named: NamedHook, logger: Logger) {
    this.named = named;
    this.#logger = logger;
  }

  offer(event: RekeyEvent): void {
    if (this.#queue.length >= QUEUE_LENGTH) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(event);
    this.#working ??= this.#work();
  }

  async drained(): Promise<void> {
    await this.#working;
  }

  /** Says what the hook missed: what overflowed, and what it had not heard when time was up. */
  sumUp(): void {
    const dropped = this.#dropped + this.#queue.length + (this.#working ? 1 : 0);
    this.#queue.length = 0;
    if (dropped === 0) return;
    this.#logger.warn({ hook: this.named.name, dropped }, "a hook was too slow and missed events");
  }

  async #work(): Promise<void> {
    await Promise.resolve();
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      try {
        await this.named.hook.on(event);
      } catch (error) {
        const reason = reasonOf(error);
        this.#logger.warn({ hook: this.named.name, event: event.type, reason }, "a hook failed");
      }
    }
    this.#working = undefined;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
