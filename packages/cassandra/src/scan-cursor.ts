import { createHash } from "node:crypto";
import type { Cursor, TokenRange } from "@cassandra-rekey/core";

/** Where a scan goes on. */
export interface ScanPosition {
  /** Where the statement's range began: the paging state is good for this bound alone. */
  readonly after: bigint;
  /** The token of the last partition that was read to its end, or `after`. */
  readonly completed: bigint;
  /** The driver's paging state, hexadecimal, if it can be trusted. */
  readonly pageState: string | undefined;
}

/** What a position belongs to. */
export interface ScanIdentity {
  readonly tableId: string;
  readonly range: TokenRange;
  /** The statement with everything else that gives a paging state its meaning. */
  readonly statement: string;
  readonly protocol: string;
}

/** A position as text, with one checksum over what survives a change of statement and one over all of it. */
export function encodeCursor(position: ScanPosition, identity: ScanIdentity): Cursor {
  const { after, completed, pageState } = position;
  const fields = { a: String(after), t: String(completed), ...(pageState !== undefined && { p: pageState }) };
  const outer = digest([identity.tableId, bounds(identity.range), fields.t]);
  const inner = digest([outer, identity.statement, identity.protocol, fields.a, fields.p ?? ""]);
  return JSON.stringify({ ...fields, o: outer, i: inner });
}

/**
 * Where to go on. A cursor that is damaged or belongs to another table or range starts the range again; one whose
 * paging state does not fit goes on after the last completed partition. Nothing is ever skipped.
 */
export function decodeCursor(cursor: Cursor | undefined, identity: ScanIdentity): ScanPosition {
  const start: ScanPosition = {
    after: identity.range.after,
    completed: identity.range.after,
    pageState: undefined,
  };
  const fields = cursor === undefined ? undefined : parse(cursor);
  if (!fields) return start;
  const outer = digest([identity.tableId, bounds(identity.range), fields.t]);
  if (outer !== fields.o) return start;
  const completed = BigInt(fields.t);
  const inner = digest([outer, identity.statement, identity.protocol, fields.a, fields.p ?? ""]);
  if (inner !== fields.i) return { after: completed, completed, pageState: undefined };
  return { after: BigInt(fields.a), completed, pageState: fields.p };
}

interface Fields {
  readonly a: string;
  readonly t: string;
  readonly p?: string;
  readonly o: string;
  readonly i: string;
}

function parse(cursor: string): Fields | undefined {
  try {
    const fields = JSON.parse(cursor) as Partial<Record<keyof Fields, unknown>> | null;
    if (typeof fields !== "object" || fields === null) return undefined;
    const { a, t, p, o, i } = fields;
    const integer = /^-?\d{1,19}$/;
    if (typeof a !== "string" || typeof t !== "string" || !integer.test(a) || !integer.test(t))
      return undefined;
    if (typeof o !== "string" || typeof i !== "string" || (p !== undefined && typeof p !== "string"))
      return undefined;
    return { a, t, o, i, ...(p !== undefined && { p }) };
  } catch {
    return undefined;
  }
}

function bounds(range: TokenRange): string {
  return `${range.after},${range.upTo}`;
}

function digest(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
