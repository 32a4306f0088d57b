import { holdsWhole } from "@cassandra-rekey/cassandra";
import {
  type Cell,
  type CellPart,
  type CellWrite,
  RekeyError,
  UNKNOWN_WRITETIME,
  type WriteMode,
} from "@cassandra-rekey/core";

/** The writetime that no later write can have: such a cell cannot be fenced. */
export const MAX_WRITETIME = 2n ** 63n - 1n;

/** When a page was read, on this host's clocks and on the server's. */
export interface ReadMoment {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly serverMs: number;
  /** How far `serverMs` may be off either way, milliseconds: the server read its clock at some time during the request. */
  readonly doubtMs?: number;
}

/** A cell that waits to be written back. */
export interface PendingCell {
  readonly column: string;
  readonly part?: CellPart;
  readonly value: Uint8Array;
  /** What the cell held, or for an element all of its list or set: for the compare-and-set of LWT mode. */
  readonly expected: Uint8Array;
  /** The writetime that was read, microseconds. */
  readonly writetime: bigint;
  /** The server's second in which the cell expires, or `undefined`. */
  readonly expiresAt: number | undefined;
}

/** The server's second in which a cell expires: it stays the same however late the cell is written back. */
export function expirySecond(cell: Cell, serverMs: number): number | undefined {
  return cell.ttl === undefined ? undefined : Math.floor(serverMs / 1000) + cell.ttl;
}

/**
 * The write of a cell with a timestamp of ours: one microsecond newer than what was read, or the same in same-timestamp
 * mode, where the value was drawn to win; with the TTL that is left now.
 * `undefined` when a second or less is left: a computed 0 would make the cell immortal.
 */
export function fencedWrite(
  cell: PendingCell,
  serverNowMs: number,
  writeMode: WriteMode = "fenced",
): CellWrite | undefined {
  // What nobody knows the age of, and what has no place of its own, is written by compare-and-set only.
  if (cell.writetime === UNKNOWN_WRITETIME || holdsWhole(cell))
    throw new RekeyError("INTERNAL.INVARIANT", `${cell.column} cannot be written with a fence`);
  const ttl = remainingTtl(cell.expiresAt, serverNowMs);
  if (ttl === undefined) return undefined;
  const { column, part, value, writetime } = cell;
  const timestamp = writeMode === "same-timestamp" ? writetime : writetime + 1n;
  const write = { column, value, timestamp, ttl };
  return part ? { ...write, part } : write;
}

/** Seconds left until `expiresAt`; 0 for a cell that does not expire, `undefined` when a second or less is left. */
export function remainingTtl(expiresAt: number | undefined, serverNowMs: number): number | undefined {
  if (expiresAt === undefined) return 0;
  const left = expiresAt - Math.floor(serverNowMs / 1000);
  return left <= 1 ? undefined : left;
}

/**
 * How old a page is, milliseconds. The wall clock counts while a host is suspended, the monotonic one does not go
 * back when the wall clock is set: the larger of the two is right in both cases.
 */
export function pageAge(
  read: ReadMoment,
  now: { readonly wallMs: number; readonly monotonicMs: number },
): number {
  return Math.max(now.wallMs - read.wallMs, now.monotonicMs - read.monotonicMs);
}

/** Less than what {@link avoidTurnOfSecond} keeps from the turn of a second, so that no expiry comes out wrong, milliseconds. */
const MOST_APART_MS = 20;

/**
 * Whether this host's clocks have gone different ways since a page was read: the wall clock was set, or the host was
 * suspended. Which of them is right cannot be told, so neither can the server's time: no TTL can be computed any more.
 */
export function clocksPartedWays(
  read: ReadMoment,
  now: { readonly wallMs: number; readonly monotonicMs: number },
): boolean {
  return Math.abs(now.wallMs - read.wallMs - (now.monotonicMs - read.monotonicMs)) > MOST_APART_MS;
}

/** The server's time now, from its time when the page was read. */
export function serverNow(
  read: ReadMoment,
  now: { readonly wallMs: number; readonly monotonicMs: number },
): number {
  return read.serverMs + pageAge(read, now);
}

/**
 * Tells by a cell's writetime whether it is too young to be rewritten on this visit: a write in flight may still land
 * within a microsecond of it. On the later visit a cell dated in the future is not young but odd, and can be fenced.
 */
export function youngTest(serverMs: number, settleMs: number, visit: number): (writetime: bigint) => boolean {
  const nowMicros = BigInt(Math.floor(serverMs)) * 1000n;
  const settle = BigInt(Math.floor(settleMs)) * 1000n;
  const settled = nowMicros - settle;
  const odd = nowMicros + settle;
  return (writetime) => writetime > settled && (visit === 0 || writetime <= odd);
}
