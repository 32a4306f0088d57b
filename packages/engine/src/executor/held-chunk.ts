import type {
  Chunk,
  Clock,
  Cursor,
  Lease,
  LeaseOutcome,
  Random,
  StateStore,
  Totals,
} from "@cassandra-rekey/core";
import { PATIENT, withRetry } from "../retry.ts";

/** What a {@link HeldChunk} is made of. */
export interface HeldChunkParts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly chunk: Chunk;
  readonly lease: Lease;
  readonly leaseMs: number;
  /** Monotonic time from before the claim was sent: the lease cannot have begun earlier. */
  readonly claimedAtMs: number;
  readonly checkpointIntervalMs: number;
  /** Told while the lease has not been renewed for half of its time. */
  readonly onLate?: (leftMs: number) => void;
}

/**
 * A chunk under this worker's lease: keeps the lease alive, stores progress no more often than the store wants, and
 * knows when the lease is gone. `signal` aborts then. Calls to the store are made one after the other.
 */
export class HeldChunk implements AsyncDisposable {
  readonly #parts: HeldChunkParts;
  readonly #lost = new AbortController();
  readonly #ended = new AbortController();
  readonly #signal: AbortSignal;
  readonly #heart: Promise<void>;
  #cursor: Cursor | undefined;
  #totals: Totals;
  #seq = 0;
  #storedAtMs: number;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: HeldChunkParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#cursor = parts.chunk.cursor;
    this.#totals = parts.chunk.totals;
    this.#storedAtMs = parts.claimedAtMs;
    this.#signal = signal;
    if (signal.aborted) this.#onAbort();
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#heart = this.#beat();
  }

  readonly #onAbort = () => this.#lost.abort(this.#signal.reason);

  get chunk(): Chunk {
    return this.#parts.chunk;
  }

  get worker(): string {
    return this.#parts.lease.worker;
  }

  get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  get totals(): Totals {
    return this.#totals;
  }

  /** Milliseconds until the lease runs out unless it is renewed. */
  get leftMs(): number {
    const { clock, leaseMs } = this.#parts;
    return this.#storedAtMs + leaseMs - clock.monotonicMs();
  }

  /** Aborts when the lease is lost, and with the run. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether the lease was taken over or ran out. */
  get isLost(): boolean {
    return this.#lost.signal.aborted && !this.#signal.aborted;
  }

  /** Everything up to `cursor` is acknowledged. Stored now or with a later call. */
  async advance(cursor: Cursor | undefined, totals: Totals): Promise<void> {
    this.#cursor = cursor;
    this.#totals = totals;
    if (this.#parts.clock.monotonicMs() - this.#storedAtMs < this.#parts.checkpointIntervalMs) return;
    await this.#store((checkpoint) =>
      this.#parts.store.checkpoint(this.#parts.lease, checkpoint, this.signal),
    );
  }

  finish(totals: Totals): Promise<LeaseOutcome> {
    this.#totals = totals;
    return this.#end((checkpoint, signal) => this.#parts.store.finish(this.#parts.lease, checkpoint, signal));
  }

  /** `signal` outlives an aborted run for a moment, so that the lease is given back. */
  release(signal: AbortSignal): Promise<LeaseOutcome> {
    return this.#end(
      (checkpoint) => this.#parts.store.release(this.#parts.lease, checkpoint, signal),
      signal,
    );
  }

  fail(error: string, final: boolean): Promise<LeaseOutcome> {
    return this.#end((checkpoint, signal) =>
      this.#parts.store.fail(this.#parts.lease, checkpoint, error, final, signal),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    this.#signal.removeEventListener("abort", this.#onAbort);
    await this.#heart;
    await this.#queue.catch(() => {});
  }

  #end(
    call: (
      checkpoint: { seq: number; cursor: Cursor | undefined; totals: Totals },
      signal: AbortSignal,
    ) => Promise<LeaseOutcome>,
    signal: AbortSignal = this.signal,
  ): Promise<LeaseOutcome> {
    this.#ended.abort();
    return this.#store((checkpoint) => call(checkpoint, signal), signal);
  }

  #store(
    call: (checkpoint: { seq: number; cursor: Cursor | undefined; totals: Totals }) => Promise<LeaseOutcome>,
    signal: AbortSignal = this.signal,
  ): Promise<LeaseOutcome> {
    const turn = this.#queue.then(async () => {
      if (this.isLost) return "lost" as const;
      const sentAtMs = this.#parts.clock.monotonicMs();
      this.#seq += 1;
      const checkpoint = { seq: this.#seq, cursor: this.#cursor, totals: this.#totals };
      // The same sequence number again: a store counts it once, whether or not an earlier try arrived.
      const outcome = await withRetry(this.#parts, PATIENT, signal, () => call(checkpoint));
      if (outcome === "lost") this.#lose();
      else this.#storedAtMs = sentAtMs;
      return outcome;
    });
    this.#queue = turn.catch(() => {});
    return turn;
  }

  #lose(): void {
    this.#lost.abort(new DOMException("the lease is lost", "AbortError"));
  }

  /**
   * Renews the lease when pages take long, and gives up when it has run out unrenewed. It does not wait for a renewal:
   * a store that never answers must not hide that the lease is over.
   */
  async #beat(): Promise<void> {
    const { clock, leaseMs } = this.#parts;
    const { signal: ended } = this.#ended;
    let renewing = false;
    while (!ended.aborted && !this.signal.aborted) {
      try {
        await clock.sleep(leaseMs / 6, ended);
      } catch {
        return;
      }
      const sinceStoredMs = clock.monotonicMs() - this.#storedAtMs;
      if (sinceStoredMs > leaseMs) {
        this.#lose();
        return;
      }
      if (sinceStoredMs >= leaseMs / 2) this.#parts.onLate?.(leaseMs - sinceStoredMs);
      if (sinceStoredMs < leaseMs / 3 || renewing) continue;
      renewing = true;
      void this.#renew().finally(() => {
        renewing = false;
      });
    }
  }

  async #renew(): Promise<void> {
    const { store, lease } = this.#parts;
    // The next beat tries again; past the lease's end it is lost. What is no outage is met by the worker as well.
    await this.#store((checkpoint) => store.checkpoint(lease, checkpoint, this.signal)).catch(() => {});
  }
}
