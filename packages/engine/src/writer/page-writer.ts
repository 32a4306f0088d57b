import type { PageTask, RowWrite } from "../page/page-work.ts";
import { PATIENT, type RetryTools, withRetry } from "../retry.ts";
import type { ReadMoment } from "./fence.ts";

/** What a page's writes need to know of their page. */
export interface WriteContext {
  readonly task: PageTask;
  readonly moment: ReadMoment;
  readonly readConsistency: string;
  readonly writeConsistency: string;
  /** The age of a page past which nothing more of it is sent, milliseconds. */
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
}

/** What became of a page's writes. */
export interface WriteOutcome {
  /** Rows of which an encrypted cell was written and acknowledged. */
  readonly rekeyed: number;
  readonly cells: number;
  readonly raced: number;
  /** Cells that stay as they are until a later visit, because their row was written to again and again. */
  readonly left: number;
  /** Some writes were not sent because the page was too old, or its age cannot be told: it has to be read again. */
  readonly tooLate: boolean;
  /** With `tooLate`: what kept writes from being sent in time, where requests failed. */
  readonly trouble?: unknown;
}

/** Writes back what a page asks for. When it resolves, nothing of the page is in flight any more. */
export interface PageWriter {
  write(rows: readonly RowWrite[], context: WriteContext): Promise<WriteOutcome>;
}

/** The outcome of a page without writes. */
export const NOTHING_WRITTEN: WriteOutcome = {
  rekeyed: 0,
  cells: 0,
  raced: 0,
  left: 0,
  tooLate: false,
};

/** Waits for every part, then adds them up; the first error is thrown only when nothing is in flight any more. */
export async function settleAll(parts: readonly Promise<WriteOutcome>[]): Promise<WriteOutcome> {
  const results = await Promise.allSettled(parts);
  let total = NOTHING_WRITTEN;
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
    total = addOutcomes(total, result.value);
  }
  return total;
}

/** What two parts of a page came to together. */
export function addOutcomes(a: WriteOutcome, b: WriteOutcome): WriteOutcome {
  return {
    rekeyed: a.rekeyed + b.rekeyed,
    cells: a.cells + b.cells,
    raced: a.raced + b.raced,
    left: a.left + b.left,
    tooLate: a.tooLate || b.tooLate,
    ...((a.trouble ?? b.trouble) !== undefined && { trouble: a.trouble ?? b.trouble }),
  };
}

/** Sends patiently: the age of its page ends it in the end. Tells the last failure, too. */
export async function sendPatiently<Result>(
  tools: RetryTools,
  signal: AbortSignal,
  send: () => Promise<Result>,
): Promise<{ readonly sent: Result; readonly trouble: unknown }> {
  let trouble: unknown;
  const sent = await withRetry(tools, PATIENT, signal, () =>
    send().catch((error: unknown) => {
      trouble = error;
      throw error;
    }),
  );
  return { sent, trouble };
}
