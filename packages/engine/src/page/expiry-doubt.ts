import type { Row } from "@cassandra-rekey/core";
import { MOST_DOUBT_MS } from "../writer/turn-of-second.ts";

/** What was read together, with the server's time and how long that took. */
export interface TimedRows {
  readonly rows: readonly Row[];
  readonly serverTimeMs: number | undefined;
  readonly readMs: number;
}

/** How often rows that expire are read at most because the server's time is in doubt, or a second may have turned on the way. */
export const MOST_TURNS = 4;

/** Whether rows have to be read again, because something in them expires and it cannot be told when. */
export function isExpiryInDoubt(read: TimedRows): boolean {
  return read.rows.some(expires) && (read.readMs / 2 > MOST_DOUBT_MS || secondMayHaveTurned(read));
}

/**
 * The server counts TTLs down from the second in which the query began, and its clock is read a little later. If a
 * second turned in between, each expiry would come out one second late.
 */
function secondMayHaveTurned({ serverTimeMs, readMs }: TimedRows): boolean {
  if (serverTimeMs === undefined) return false;
  return Math.floor(serverTimeMs / 1000) !== Math.floor((serverTimeMs - readMs) / 1000);
}

function expires({ cells, elements, label }: Row): boolean {
  return (
    cells.some((cell) => cell?.ttl !== undefined) ||
    elements?.some((cell) => cell.ttl !== undefined) === true ||
    label?.ttl !== undefined
  );
}
