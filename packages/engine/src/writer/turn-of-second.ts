import type { Clock } from "@cassandra-rekey/core";
import { type ReadMoment, serverNow } from "./fence.ts";

/** Near the turn of a second a TTL that is right here may be off by one there, milliseconds from the turn. */
const BEFORE_TURN_MS = 40;
const AFTER_TURN_MS = 20;
/** Room is left in each second for a page in more doubt than this; pages with expiring cells are read again before. */
export const MOST_DOUBT_MS = 400;

/** A timer may be late, and end near the next turn: so often is looked at most. */
const MOST_LOOKS = 5;

/** Waits, where needed, until the server's second is the same here and there. To be called before a TTL is computed. */
export async function avoidTurnOfSecond(
  clock: Clock,
  moment: ReadMoment,
  signal: AbortSignal,
): Promise<void> {
  for (let look = 1; look <= MOST_LOOKS; look += 1) {
    const waitMs = untilSafe(
      serverNow(moment, { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() }),
      moment,
    );
    if (waitMs === 0) return;
    await clock.sleep(waitMs, signal);
  }
}

/** Milliseconds until the turn of a second is far enough away. */
function untilSafe(serverMs: number, { doubtMs: doubt = 0 }: ReadMoment): number {
  const intoSecond = ((serverMs % 1000) + 1000) % 1000;
  const doubtMs = Math.min(doubt, MOST_DOUBT_MS);
  const afterMs = AFTER_TURN_MS + doubtMs;
  if (intoSecond > 1000 - BEFORE_TURN_MS - doubtMs) return 1000 - intoSecond + afterMs;
  return Math.max(0, afterMs - intoSecond);
}
