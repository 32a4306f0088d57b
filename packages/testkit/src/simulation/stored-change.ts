import { RekeyError } from "@cassandra-rekey/core";
import type { Deletion, StoredCell } from "./stored-cell.ts";

/** The name under which a row marker is kept: no column has it. */
export const MARKER = "";

/** What a coordinator sends to each replica, with every time decided. */
export interface StoredChange {
  /** A whole primary key; of a partition's deletion, and of static cells, the partition key alone. */
  readonly key: readonly Uint8Array[];
  readonly cells: readonly (readonly [column: string, cell: StoredCell])[];
  readonly deletion?: Deletion;
  /** What was in columns that are not frozen before they were written as a whole is deleted. */
  readonly overwritten?: readonly (readonly [column: string, deletion: Deletion])[];
}

/** What an application says. Without a timestamp it is the coordinator's, without a TTL the table's default. */
export type Statement =
  | {
      readonly kind: "insert" | "update";
      readonly key: readonly Uint8Array[];
      /** By column or part of one, such as `notes[6b]` or `address.street`; `null` deletes a cell. */
      readonly values: Readonly<Record<string, Uint8Array | null>>;
      /** Columns that are not frozen of which the values are all that there is now. */
      readonly overwrites?: readonly string[];
      readonly timestamp?: bigint;
      readonly ttl?: number;
    }
  | { readonly kind: "deleteRow"; readonly key: readonly Uint8Array[]; readonly timestamp?: bigint }
  | { readonly kind: "deletePartition"; readonly key: readonly Uint8Array[]; readonly timestamp?: bigint };

/** The coordinator of a statement. */
export interface StatementTime {
  readonly nowSeconds: number;
  /** Seconds. */
  readonly defaultTimeToLive: number;
  stamp(): bigint;
}

/** What becomes of a statement. Throws `CLUSTER.INVALID_QUERY` for a TTL that CQL refuses. */
export function changeOf(statement: Statement, time: StatementTime): StoredChange {
  const { kind, key, timestamp = time.stamp() } = statement;
  const { nowSeconds } = time;
  if (kind === "deleteRow" || kind === "deletePartition") {
    const whole = kind === "deleteRow" ? key : key.slice(0, 1);
    return { key: whole, cells: [], deletion: { timestamp, deletedAt: nowSeconds } };
  }
  const ttl = statement.ttl ?? time.defaultTimeToLive;
  const cells = Object.entries(statement.values).map(
    ([column, value]) => [column, storedCell(value, timestamp, ttl, nowSeconds)] as const,
  );
  // As the server has it: one microsecond before what takes its place.
  const before = { timestamp: timestamp - 1n, deletedAt: nowSeconds };
  const overwritten = statement.overwrites?.map((column) => [column, before] as const);
  const change = { key, ...(overwritten && { overwritten }) };
  if (kind === "update") return { ...change, cells };
  return { ...change, cells: [[MARKER, storedCell(new Uint8Array(), timestamp, ttl, nowSeconds)], ...cells] };
}

/** The largest writetime there is. */
const LARGEST = 2n ** 63n - 1n;

/** One cell as replicas keep it; `null` makes a tombstone. */
export function storedCell(
  value: Uint8Array | null,
  timestamp: bigint,
  ttl: number,
  nowSeconds: number,
): StoredCell {
  if (!Number.isInteger(ttl) || ttl < 0) {
    throw new RekeyError("CLUSTER.INVALID_QUERY", `a TTL of ${ttl} is refused`);
  }
  if (timestamp > LARGEST) {
    throw new RekeyError("CLUSTER.INVALID_QUERY", "a timestamp of more than 64 bits is refused");
  }
  if (!value) return { kind: "tombstone", timestamp, deletedAt: nowSeconds };
  const copy = Uint8Array.from(value);
  if (ttl === 0) return { kind: "live", value: copy, timestamp };
  return { kind: "expiring", value: copy, timestamp, ttl, expiresAt: nowSeconds + ttl };
}
