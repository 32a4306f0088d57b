import {
  type Clock,
  isRekeyError,
  type JobKind,
  type Logger,
  RekeyError,
  type RekeyEvent,
  untilAborted,
} from "@cassandra-rekey/core";
import { anySignal } from "../signals.ts";
import { FailureCount } from "./failure-count.ts";
import { CRITICAL_PATIENCE_MS, type NamedHook, Observer, reasonOf } from "./observer.ts";

export type { NamedHook } from "./observer.ts";

/** How long the end of a run waits for observers to hear the rest, milliseconds. */
const FAREWELL_MS = 2_000;

/**
 * Tells hooks what happens. Each observer has its own bounded queue: a slow one loses events, which are counted, and
 * a failing one is logged; neither slows or fails the job. Critical hooks are waited for with {@link heard}.
 */
export class HookDispatcher implements AsyncDisposable {
  readonly #observers: readonly Observer[];
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #listener: ((event: RekeyEvent) => void) | undefined;
  readonly #listenerFailures = new FailureCount();

  constructor(
    hooks: readonly NamedHook[],
    logger: Logger,
    clock: Clock,
    listener?: (event: RekeyEvent) => void,
  ) {
    this.#observers = hooks.map((named) => {
      const onMissed = (jobId: string, events: number) =>
        this.emit({ type: "hook.missed", jobId, hook: named.name, events });
      return new Observer({ named, logger, clock, onMissed });
    });
    this.#logger = logger;
    this.#clock = clock;
    this.#listener = listener;
  }

  emit(event: RekeyEvent): void {
    try {
      this.#listener?.(event);
    } catch (error) {
      const failures = this.#listenerFailures.next();
      const what = { event: event.type, reason: reasonOf(error), failures };
      if (failures !== undefined) this.#logger.warn(what, "the event listener failed");
    }
    const at = this.#clock.wallMs();
    for (const observer of this.#observers) observer.offer(event, at);
  }

  /**
   * Resolves when every critical hook has heard what was emitted so far. Rejects with `HOOK.FAILED` when one of them
   * failed, then or earlier, and with the signal's reason.
   */
  async heard(signal: AbortSignal): Promise<void> {
    const critical = this.#observers.filter((observer) => observer.named.critical);
    if (critical.length === 0) return;
    await untilAborted(Promise.all(critical.map((observer) => observer.heard())), signal);
  }

  /** Asks every gate; rejects with `JOB.VETOED` when one refuses, fails or does not answer. */
  async askGates(
    start: { readonly jobId: string; readonly kind: JobKind },
    signal: AbortSignal,
  ): Promise<void> {
    for (const { named } of this.#observers) {
      if (!named.hook.gate) continue;
      const reason = await this.#vetoOf(named, start, signal);
      if (reason === undefined) continue;
      this.emit({ type: "job.vetoed", jobId: start.jobId, hook: named.name, reason });
      throw new RekeyError("JOB.VETOED", `hook ${named.name} refused the start: ${reason}`);
    }
  }

  async #vetoOf(
    { hook }: NamedHook,
    start: { readonly jobId: string; readonly kind: JobKind },
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const limited = anySignal([signal, this.#clock.timeout(CRITICAL_PATIENCE_MS)]);
    try {
      const verdict = await untilAborted(Promise.resolve(hook.gate?.(start, limited)), limited);
      if (verdict?.allow === true) return undefined;
      // Whoever guards a start and says nothing that can be understood has not let it through.
      return verdict?.allow === false ? verdict.reason || "it gave no reason" : "it gave no verdict";
    } catch (error) {
      signal.throwIfAborted();
      if (limited.aborted) return `it did not answer within ${CRITICAL_PATIENCE_MS / 1000} s`;
      const name = error instanceof Error ? error.name : typeof error;
      return `it could not answer (${isRekeyError(error) ? error.message : name})`;
    }
  }

  /** Resolves when every observer has heard what was waiting for it, or had a moment to. */
  async [Symbol.asyncDispose](): Promise<void> {
    const heard = new AbortController();
    const drained = Promise.allSettled(this.#observers.map((observer) => observer.heard()));
    const patience = this.#clock.sleep(FAREWELL_MS, heard.signal).catch(() => {});
    await Promise.race([drained, patience]);
    heard.abort();
    for (const observer of this.#observers) observer.close();
  }
}
