import type { Clock } from "@cassandra-rekey/core";
import { type ReadMoment, serverNow } from "./fence.ts";

/** Near the turn of a second a TTL that is right here may be off by one there, milliseconds from the turn. */
const BEFORE_TURN_MS = 40;
const AFTER_TURN_MS = 20;
/** Room is left in each second for a page in more doubt than this; pages with expiring cells are read again before. */
export const MOST_DOUBT_MS = 400;

/** Waits, where needed, until the server's second is the same here and there. To be called before a TTL is computed. */
export async function avoidTurnOfSecond(
  clock: Clock,
  moment: ReadMoment,
  signal: AbortSignal,
): Promise<void> {
  const serverMs = serverNow(moment, { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() });
  const intoSecond = ((serverMs % 1000) + 1000) % 1000;
  const doubtMs = Math.min(moment.doubtMs ?? 0, MOST_DOUBT_MS);
  const beforeMs = BEFORE_TURN_MS + doubtMs;
  const afterMs = AFTER_TURN_MS + doubtMs;
  if (intoSecond > 1000 - beforeMs) await clock.sleep(1000 - intoSecond + afterMs, signal);
  else if (intoSecond < afterMs) await clock.sleep(afterMs - intoSecond, signal);
}
