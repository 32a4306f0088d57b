import { type Clock, type Sample, type Throttle, untilAborted } from "@cassandra-rekey/core";
import { HostSlots } from "./host-slots.ts";
import { RateBudget } from "./rate-budget.ts";
import { type TightestLimit, tightestLimit } from "./tightest-limit.ts";
import { WritePace } from "./write-pace.ts";

/** What a request is for. Only pages are held back by a hold: a page's writes must not grow old waiting. */
export type RequestKind = "page" | "write";

/** Leave for one request. */
export interface Permit {
  /** Ends the request and tells the throttles how it went. */
  release(sample?: Sample): void;
}

interface Waiter {
  readonly kind: RequestKind;
  readonly rows: number;
  readonly replicas: readonly string[];
  readonly resolve: (permit: Permit) => void;
  readonly reject: (error: unknown) => void;
}

/** How soon limits that change without a sample are seen, milliseconds. */
const RECHECK_MS = 100;

/**
 * The one queue in front of the cluster. Obeys the tightest of all throttles and names the one that holds back.
 * First come, first served within a kind; writes go before pages, because their page is growing old. Only what waits
 * for a host that has a limit of its own is overtaken, by requests to other hosts.
 */
export class Governor {
  readonly #throttles: readonly Throttle[];
  readonly #clock: Clock;
  #maxInFlight: number;
  readonly #writes: Waiter[] = [];
  readonly #pages: Waiter[] = [];
  readonly #rates = new RateBudget();
  readonly #pace = new WritePace();
  readonly #hosts = new HostSlots();
  #inFlight = 0;
  readonly #granting = new Set<"look" | "pace">();
  #pauseObeyed = false;

  constructor(throttles: readonly Throttle[], maxInFlight: number, clock: Clock) {
    this.#throttles = throttles;
    this.#maxInFlight = maxInFlight;
    this.#clock = clock;
  }

  /** Requests that may be in flight at most, whatever the throttles say. */
  get maxInFlight(): number {
    return this.#maxInFlight;
  }

  set maxInFlight(requests: number) {
    this.#maxInFlight = requests;
    this.#grant();
  }

  /** Requests that may be in flight now. */
  get permits(): number {
    return this.#limit().inFlight.value;
  }

  /** Why the job is held back now, or `undefined`. */
  get reason(): string | undefined {
    const limit = this.#limit();
    const { inFlight, perHost } = limit;
    const hold = this.#hold(limit);
    if (hold !== undefined) return hold;
    const slowest = this.#rates.narrowest(limit, this.#clock.monotonicMs());
    if (slowest && slowest.waitMs > RECHECK_MS)
      return slowest.bound.reason ?? `limited to ${slowest.bound.value} ${slowest.measure}/s`;
    for (const { replicas } of [...this.#writes, ...this.#pages]) {
      const full = this.#hosts.fullOf(replicas, perHost);
      if (full) return full.reason;
    }
    return inFlight.reason;
  }

  /** Why the job is to be paused, until {@link pauseObeyed} is called; no page is let go meanwhile. */
  get pause(): string | undefined {
    const { pause } = this.#limit();
    return this.#pauseObeyed ? undefined : pause;
  }

  /** The job was paused. What asked for it is not heard again before it has once let go. */
  pauseObeyed(): void {
    this.#pauseObeyed = true;
  }

  /** Obeys changes of the throttles as soon as they tell of them, until the signal aborts. */
  async listen(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#throttles.map((throttle) => this.#hear(throttle, signal)));
  }

  /**
   * Waits for leave to send one request to `replicas`, if they are known. Rejects with the signal's reason.
   *
   * @param rows - Rows that a write is of: under a rate they are spread.
   */
  async leave(
    kind: RequestKind,
    signal: AbortSignal,
    replicas: readonly string[] = [],
    rows = 0,
  ): Promise<Permit> {
    signal.throwIfAborted();
    if (this.#writes.length + this.#pages.length === 0) {
      const limit = this.#limit();
      if (this.#mayGo(kind, limit) && this.#hosts.allows(replicas, limit.perHost, new Set()))
        return this.#permit({ kind, replicas, rows }, limit);
    }
    const queue = kind === "write" ? this.#writes : this.#pages;
    return new Promise<Permit>((resolve, reject) => {
      const waiter: Waiter = {
        kind,
        rows,
        replicas,
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
      try {
        this.#grant();
      } catch (error) {
        this.#rejectAll(error);
      }
      void this.#pump();
    });
  }

  #permit(
    { kind, replicas, rows }: Pick<Waiter, "kind" | "replicas" | "rows">,
    limit: TightestLimit,
  ): Permit {
    this.#inFlight += 1;
    this.#hosts.take(replicas);
    const nowMs = this.#clock.monotonicMs();
    const advance = kind === "page" ? this.#rates.pageLeaves(limit, nowMs) : undefined;
    if (kind === "write" && limit.rowsPerSecond)
      this.#pace.goes(rows, this.#waitingRows, limit.rowsPerSecond.value, nowMs);
    let open = true;
    return {
      release: (sample) => {
        if (!open) return;
        open = false;
        this.#inFlight -= 1;
        this.#hosts.give(replicas);
        try {
          if (sample) this.#observe(replicas.length === 0 ? sample : { ...sample, replicas });
          const limit = this.#limit();
          const nowMs = this.#clock.monotonicMs();
          if (advance) this.#rates.pageEnds(advance, sample, limit, nowMs);
          else if (sample) this.#rates.wrote(sample, limit, nowMs);
        } finally {
          this.#grant();
        }
      },
    };
  }

  #observe(sample: Sample): void {
    for (const throttle of this.#throttles) throttle.observe(sample);
  }

  #mayGo(kind: RequestKind, limit: TightestLimit): boolean {
    if (this.#inFlight >= limit.inFlight.value) return false;
    if (kind === "write") return this.#paceMs(limit) === 0;
    return this.#hold(limit) === undefined && this.#rates.allows(limit, this.#clock.monotonicMs());
  }

  #hold({ pause, hold }: TightestLimit): string | undefined {
    return (this.#pauseObeyed ? undefined : pause) ?? hold;
  }

  #grant(): void {
    if (this.#writes.length + this.#pages.length === 0) return;
    const limit = this.#limit();
    const claimed = new Set<string>();
    for (const queue of [this.#writes, this.#pages]) {
      let index = 0;
      while (index < queue.length && this.#mayGo(queue[index]!.kind, limit)) {
        const { replicas } = queue[index]!;
        if (this.#hosts.allows(replicas, limit.perHost, claimed)) {
          const [waiter] = queue.splice(index, 1);
          waiter!.resolve(this.#permit(waiter!, limit));
        } else index += 1;
      }
    }
    if (limit.rowsPerSecond && this.#writes.length > 0) void this.#sendAtPace();
  }

  /** Milliseconds until the pace lets the next write go. */
  #paceMs({ rowsPerSecond }: TightestLimit): number {
    return rowsPerSecond ? this.#pace.waitMs(this.#clock.monotonicMs()) : 0;
  }

  get #waitingRows(): number {
    return this.#writes.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Lets writes go when it is their time, for as long as it is the pace that they wait for. */
  #sendAtPace(): Promise<void> {
    return this.#keepGranting("pace", () => {
      const waitMs = this.#writes.length > 0 ? this.#paceMs(this.#limit()) : 0;
      return waitMs === 0 ? undefined : Math.ceil(waitMs);
    });
  }

  /** Looks again while someone waits, because a hold can end and a debt be paid without any request ending. */
  #pump(): Promise<void> {
    return this.#keepGranting("look", () =>
      this.#writes.length + this.#pages.length > 0 ? this.#nextLookMs() : undefined,
    );
  }

  /** Grants again and again, each time after what `nextMs` says, until that is `undefined`; once at a time for each `why`. */
  async #keepGranting(why: "look" | "pace", nextMs: () => number | undefined): Promise<void> {
    if (this.#granting.has(why)) return;
    this.#granting.add(why);
    try {
      for (let ms = nextMs(); ms !== undefined; ms = nextMs()) {
        await this.#clock.sleep(ms);
        this.#grant();
      }
    } catch (error) {
      this.#rejectAll(error);
    } finally {
      this.#granting.delete(why);
    }
  }

  /** A page leaves when its debt is paid, not at the next look after that: it would make up for none of what it lost. */
  #nextLookMs(): number {
    const waitMs = this.#rates.waitMs(this.#limit(), this.#clock.monotonicMs());
    return waitMs > 0 ? Math.min(RECHECK_MS, Math.ceil(waitMs)) : RECHECK_MS;
  }

  /** A throttle failed: nobody would ever be let through, so everyone is told. */
  #rejectAll(error: unknown): void {
    for (const waiter of [...this.#writes.splice(0), ...this.#pages.splice(0)]) waiter.reject(error);
  }

  async #hear({ changes }: Throttle, signal: AbortSignal): Promise<void> {
    if (!changes || signal.aborted) return;
    let iterator: AsyncIterator<void> | undefined;
    try {
      iterator = changes[Symbol.asyncIterator]();
      while (!(await untilAborted(iterator.next(), signal)).done) this.#grant();
    } catch {
      // Without this notice, changes are seen at the next look.
    } finally {
      // A generator that waits for its next change returns after it, so nobody waits for that.
      (async () => iterator?.return?.())().catch(() => {});
    }
  }

  #limit(): TightestLimit {
    const limit = tightestLimit(
      this.#throttles.map((throttle) => throttle.limit()),
      this.#maxInFlight,
    );
    if (limit.pause === undefined) this.#pauseObeyed = false;
    return limit;
  }
}
