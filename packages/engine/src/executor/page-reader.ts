import type { TableShape } from "@cassandra-rekey/core";
import {
  type CellSource,
  type Clock,
  type Cursor,
  isRekeyError,
  type Page,
  type Random,
  type TokenRange,
} from "@cassandra-rekey/core";
import type { Governor } from "../governor/governor.ts";
import { isExpiryInDoubt, MOST_TURNS } from "../page/expiry-doubt.ts";
import { PATIENT, withRetry } from "../retry.ts";
import type { ReadMoment } from "../writer/fence.ts";
import { MOST_DOUBT_MS } from "../writer/turn-of-second.ts";

/** A page with the moment at which it was read, and how long that took. */
export interface TimedPage {
  readonly page: Page;
  readonly moment: ReadMoment & { readonly doubtMs: number };
  readonly readMs: number;
}

/** What a {@link PageReader} is made of. */
export interface PageReaderParts {
  readonly source: CellSource;
  readonly governor: Governor;
  readonly clock: Clock;
  readonly random: Random;
  readonly onRetry?: (code: string, attempt: number) => void;
}

/** Reads pages when the governor allows it, patiently. */
export class PageReader {
  readonly #parts: PageReaderParts;

  constructor(parts: PageReaderParts) {
    this.#parts = parts;
  }

  async read(
    request: {
      readonly table: TableShape;
      readonly range: TokenRange;
      readonly cursor: Cursor | undefined;
      readonly maxRows: number;
      readonly consistency: string;
    },
    signal: AbortSignal,
  ): Promise<TimedPage> {
    const { clock, random, onRetry } = this.#parts;
    const tools = { clock, random, onRetry: (attempt: number, code: string) => onRetry?.(code, attempt) };
    let { maxRows } = request;
    let best: TimedPage | undefined;
    for (let turn = 1; ; turn += 1) {
      const asked = { ...request, maxRows };
      const timed = await withRetry(tools, PATIENT, signal, () => this.#readOnce(asked, signal));
      const { page, readMs } = timed;
      if (!isExpiryInDoubt({ ...page, readMs })) return timed;
      // Not simply the last: this process may have stood still while that one was under way.
      if (!best || timed.moment.doubtMs < best.moment.doubtMs) best = timed;
      if (turn >= MOST_TURNS) return best;
      // Smaller, which is quicker where it was the page's size that made it slow.
      if (timed.moment.doubtMs > MOST_DOUBT_MS) maxRows = Math.ceil(maxRows / 2);
    }
  }

  async #readOnce(request: Parameters<PageReader["read"]>[0], signal: AbortSignal): Promise<TimedPage> {
    const { source, governor, clock } = this.#parts;
    const permit = await governor.leave("page", signal, source.replicas?.(request));
    const wallMs = clock.wallMs();
    const monotonicMs = clock.monotonicMs();
    try {
      const page = await source.page(request, signal);
      const readMs = clock.monotonicMs() - monotonicMs;
      permit.release({ kind: "read", rows: page.rows.length, bytes: page.bytes, latencyMs: readMs });
      // The server read its clock about half way through; the page's age counts from before the request.
      const doubtMs = readMs / 2;
      const serverMs = (page.serverTimeMs ?? wallMs) - doubtMs;
      return { page, moment: { wallMs, monotonicMs, serverMs, doubtMs }, readMs };
    } catch (error) {
      // A page that was given up says nothing of the cluster.
      if (signal.aborted) throw error;
      const code = isRekeyError(error) ? error.code : "unknown";
      permit.release({
        kind: "read",
        rows: 0,
        bytes: 0,
        latencyMs: clock.monotonicMs() - monotonicMs,
        error: code,
      });
      throw error;
    } finally {
      permit.release();
    }
  }
}
