import type { Clock } from "@cassandra-rekey/core";
import { type ReadMoment, serverNow } from "./fence.ts";

/** Near the turn of a second a TTL that is right here may be off by one there, milliseconds from the turn. */
const BEFORE_TURN_MS = 40;
const AFTER_TURN_MS = 20;

/** Waits, where needed, until the server's second is the same here and there. To be called before a TTL is computed. */
export async function avoidTurnOfSecond(
  clock: Clock,
  moment: ReadMoment,
  signal: AbortSignal,
): Promise<void> {
  const serverMs = serverNow(moment, { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() });
  const intoSecond = ((serverMs % 1000) + 1000) % 1000;
  if (intoSecond > 1000 - BEFORE_TURN_MS) await clock.sleep(1000 - intoSecond + AFTER_TURN_MS, signal);
  else if (intoSecond < AFTER_TURN_MS) await clock.sleep(AFTER_TURN_MS - intoSecond, signal);
}
