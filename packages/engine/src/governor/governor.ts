import type { Clock, Limit, Sample, Throttle } from "@cassandra-rekey/core";
import { RateDebt } from "./rate-debt.ts";

/** What a request is for. Only pages are held back by a hold: a page's writes must not grow old waiting. */
export type RequestKind = "page" | "write";

/** Leave for one request. */
export interface Permit {
  /** Ends the request and tells the throttles how it went. */
  release(sample?: Sample): void;
}

interface Waiter {
  readonly kind: RequestKind;
  readonly resolve: (permit: Permit) => void;
  readonly reject: (error: unknown) => void;
}

/** How soon limits that change without a sample are seen, milliseconds. */
const RECHECK_MS = 100;

/**
 * The one queue in front of the cluster. Obeys the tightest of all throttles and names the one that holds back.
 * First come, first served within a kind; writes go before pages, because their page is growing old.
 */
export class Governor {
  readonly #throttles: readonly Throttle[];
  readonly #clock: Clock;
  readonly #maxInFlight: number;
  readonly #writes: Waiter[] = [];
  readonly #pages: Waiter[] = [];
  readonly #rate = new RateDebt();
  #inFlight = 0;
  #pumping = false;

  constructor(throttles: readonly Throttle[], maxInFlight: number, clock: Clock) {
    this.#throttles = throttles;
    this.#maxInFlight = maxInFlight;
    this.#clock = clock;
  }

  /** Requests that may be in flight now. */
  get permits(): number {
    return this.#limit().inFlight;
  }

  /** Why the job is held back now, or `undefined`. */
  get reason(): string | undefined {
    const limit = this.#limit();
    if (limit.hold) return limit.hold;
    if (limit.reason && limit.inFlight < this.#maxInFlight) return limit.reason;
    const waitMs = this.#rate.waitMs(this.#clock.monotonicMs());
    if (limit.rowsPerSecond !== undefined && waitMs > RECHECK_MS) {
      return limit.reason ?? `limited to ${limit.rowsPerSecond} rows/s`;
    }
    return undefined;
  }

  /** Waits for leave to send one request. Rejects with the signal's reason. */
  async leave(kind: RequestKind, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted();
    if (this.#writes.length === 0 && (kind === "write" || this.#pages.length === 0) && this.#mayGo(kind)) {
      return this.#permit();
    }
    const queue = kind === "write" ? this.#writes : this.#pages;
    return new Promise<Permit>((resolve, reject) => {
      const waiter: Waiter = {
        kind,
        resolve: (permit) => {
          signal.removeEventListener("abort", onAbort);
          resolve(permit);
        },
        reject: (error) => {
          signal.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      const onAbort = () => {
        const index = queue.indexOf(waiter);
        if (index >= 0) queue.splice(index, 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      queue.push(waiter);
      void this.#pump();
    });
  }

  #permit(): Permit {
    this.#inFlight += 1;
    let open = true;
    return {
      release: (sample) => {
        if (!open) return;
        open = false;
        this.#inFlight -= 1;
        try {
          if (sample) this.#observe(sample);
        } finally {
          this.#grant();
        }
      },
    };
  }

  #observe(sample: Sample): void {
    for (const throttle of this.#throttles) throttle.observe(sample);
    const { rowsPerSecond } = this.#limit();
    if (sample.kind === "read" && rowsPerSecond !== undefined && rowsPerSecond > 0) {
      this.#rate.owe(sample.rows, rowsPerSecond, this.#clock.monotonicMs());
    }
  }

  #mayGo(kind: RequestKind): boolean {
    const limit = this.#limit();
    if (this.#inFlight >= limit.inFlight) return false;
    if (kind === "write") return true;
    return limit.hold === undefined && this.#rate.waitMs(this.#clock.monotonicMs()) === 0;
  }

  #grant(): void {
    while (this.#writes.length > 0 && this.#mayGo("write")) this.#writes.shift()!.resolve(this.#permit());
    while (this.#pages.length > 0 && this.#mayGo("page")) this.#pages.shift()!.resolve(this.#permit());
  }

  /** Looks again while someone waits, because a hold can end and a debt be paid without any request ending. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#writes.length + this.#pages.length > 0) {
        await this.#clock.sleep(RECHECK_MS);
        this.#grant();
      }
    } catch (error) {
      // A throttle failed: nobody would ever be let through, so everyone is told.
      for (const waiter of [...this.#writes.splice(0), ...this.#pages.splice(0)]) waiter.reject(error);
    } finally {
      this.#pumping = false;
    }
  }

  #limit(): Limit & { readonly inFlight: number } {
    let inFlight = this.#maxInFlight;
    let rowsPerSecond: number | undefined;
    let hold: string | undefined;
    let reason: string | undefined;
    for (const throttle of this.#throttles) {
      const limit = throttle.limit();
      if (limit.inFlight !== undefined && limit.inFlight < inFlight) {
        inFlight = Math.max(1, Math.floor(limit.inFlight));
        reason = limit.reason;
      }
      if (
        limit.rowsPerSecond !== undefined &&
        limit.rowsPerSecond < (rowsPerSecond ?? Number.POSITIVE_INFINITY)
      ) {
        rowsPerSecond = limit.rowsPerSecond;
        reason ??= limit.reason;
      }
      hold ??= limit.hold;
    }
    return {
      inFlight,
      ...(rowsPerSecond !== undefined && { rowsPerSecond }),
      ...(hold !== undefined && { hold }),
      ...(reason !== undefined && { reason }),
    };
  }
}
