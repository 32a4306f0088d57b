import {
  type Cell,
  type CellSource,
  type Page,
  type PageRequest,
  RekeyError,
  type Row,
  type TableShape,
  UNKNOWN_WRITETIME,
} from "@cassandra-rekey/core";
import type { types as Types } from "cassandra-driver";
import { asBuffer } from "./as-buffer.ts";
import type { ClusterSession } from "./cluster-session.ts";
import { controlConnection } from "./control-connection.ts";
import { pageCql, rowCql, selectsRaw } from "./cql-text.ts";
import { elementCells } from "./element-cells.ts";
import { partitionToken } from "./partition-token.ts";
import { checkAnsweredAlone } from "./pinned-read.ts";
import type { RawBytes } from "./raw-bytes.ts";
import { decodeCursor, encodeCursor, type ScanPosition } from "./scan-cursor.ts";

const NO_BYTES = Buffer.alloc(0);

/** Reads a cluster's tables by token range, as raw bytes. */
export function createCellSource(session: ClusterSession): CellSource {
  return new CqlCellSource(session);
}

class CqlCellSource implements CellSource {
  readonly #session: ClusterSession;

  constructor(session: ClusterSession) {
    this.#session = session;
  }

  replicas(request: PageRequest): readonly string[] {
    if (request.host !== undefined) return [request.host];
    const { completed } = this.#position(request).position;
    return this.#session.ring.replicas(request.table.keyspace, BigInt.asIntN(64, completed + 1n));
  }

  async page(request: PageRequest, signal: AbortSignal): Promise<Page> {
    const { table } = request;
    const { statement, identity, position } = this.#position(request);
    const result = await this.#execute(request, statement, position, signal);
    if (request.host !== undefined) await checkAnsweredAlone(this.#session, request.host, result);
    const rows = readRows(table, result, this.#session.rawBytes);
    this.#checkKeys(table, rows);
    const completed = lastCompleted(rows, position.completed);
    const pageState = result.pageState ?? undefined;
    return {
      rows,
      next:
        pageState === undefined
          ? undefined
          : encodeCursor({ after: position.after, completed, pageState }, identity),
      serverTimeMs: earliestServerTime(result),
      bytes: size(rows),
    };
  }

  async row(table: TableShape, key: readonly Uint8Array[], consistency: string, signal: AbortSignal) {
    const statement = rowCql(table, this.#session.majorVersion);
    const result = await this.#session.execute(statement, key.map(asBuffer), { consistency, signal });
    const [row] = readRows(table, result, this.#session.rawBytes);
    const serverTimeMs = earliestServerTime(result);
    return row && serverTimeMs !== undefined ? { row, serverTimeMs } : undefined;
  }

  #position({ table, range, cursor }: PageRequest) {
    const statement = pageCql(table, this.#session.majorVersion);
    const identity = { tableId: table.tableId, range, statement, protocol: this.#protocol() };
    return { statement, identity, position: decodeCursor(cursor, identity) };
  }

  #execute(
    request: PageRequest,
    statement: string,
    position: ScanPosition,
    signal: AbortSignal,
  ): Promise<Types.ResultSet> {
    const { range, maxRows, consistency, host } = request;
    return this.#session.execute(statement, [position.after, range.upTo], {
      consistency,
      fetchSize: maxRows,
      signal,
      // A trace tells whether it was this node's own data that came back.
      ...(host !== undefined && { host, trace: true }),
      // Without a routing key the driver sends a scan anywhere; with the first token it goes to a replica of it.
      routingKey: this.#session.client.metadata.newToken(String(BigInt.asIntN(64, position.completed + 1n))),
      ...(position.pageState !== undefined && { pageState: position.pageState }),
    });
  }

  /** Keys whose bytes the driver gave: with bytes that are not the stored ones, a row would be written that is not there. */
  #checkKeys(table: TableShape, rows: readonly Row[]): void {
    if (table.partitionKey.every(selectsRaw)) return;
    const { metadata } = this.#session.client;
    for (const { key, token } of rows) {
      if (partitionToken(metadata, key.slice(0, table.partitionKey.length).map(asBuffer)) === token) continue;
      throw new RekeyError(
        "SCHEMA.UNSUPPORTED",
        `${table.keyspace}.${table.name}: the partition key with token ${token} cannot be read to the byte`,
      );
    }
  }

  #protocol(): string {
    const versions = this.#session.hosts().map((host) => host.version);
    return `${controlConnection(this.#session.client).protocolVersion}/${versions.sort().join(",")}`;
  }
}

function readRows(table: TableShape, result: Types.ResultSet, rawBytes: RawBytes): Row[] {
  const keyColumns = [...table.partitionKey, ...table.clusteringKey];
  const keys = keyColumns.map((column, index) => ({ name: `k${index}`, isRaw: selectsRaw(column) }));
  const cells = table.columns.map((column, index) => {
    const elements = typeof column.part === "string" ? column.part : undefined;
    const isTimed = column.untimed !== true;
    const names = { value: `v${index}`, writetime: `w${index}`, ttl: `e${index}` };
    return { ...names, isRaw: selectsRaw(column), elements, isTimed };
  });
  const bytesOf = (value: unknown, isRaw: boolean, name: string): Buffer => {
    const bytes = isRaw ? (value as Buffer) : rawBytes.of(value);
    if (bytes) return bytes;
    throw new RekeyError(
      "INTERNAL.INVARIANT",
      `${table.keyspace}.${table.name}: the driver does not give the bytes of ${name}`,
    );
  };
  const collections = cells.flatMap(({ elements, ...cell }, index) =>
    elements === undefined ? [] : [{ ...cell, elements, index }],
  );
  const rows: Row[] = [];
  for (const fields of (result.rows ?? []) as unknown as Record<string, unknown>[]) {
    const row: Row = {
      token: fields["t"] as bigint,
      // A value of no bytes at all, which a tuple may be, comes as null.
      key: keys.map(({ name, isRaw }) =>
        fields[name] === null ? NO_BYTES : bytesOf(fields[name], isRaw, name),
      ),
      cells: cells.map(({ value, writetime, ttl, isRaw, elements, isTimed }) => {
        const stored = fields[value];
        if (elements !== undefined || stored === null || stored === undefined) return undefined;
        const bytes = bytesOf(stored, isRaw, value);
        if (!isTimed) return { value: bytes, writetime: UNKNOWN_WRITETIME, ttl: undefined };
        return fields[writetime] === null ? undefined : readCell(bytes, fields[writetime], fields[ttl]);
      }),
      ...(collections.length > 0 && {
        elements: collections.flatMap(({ value, writetime, ttl, index, elements, isTimed }) => {
          const stored = fields[value];
          if (stored === null) return [];
          const times = isTimed ? { writetimes: fields[writetime], ttls: fields[ttl] } : undefined;
          return elementCells(elements, index, bytesOf(stored, false, value), times);
        }),
      }),
      label: fields["lv"] ? readCell(fields["lv"] as Buffer, fields["lw"], fields["le"]) : undefined,
    };
    if (!hasStaticsOnly(table, fields, row)) rows.push(row);
  }
  return rows;
}

/** A partition with static columns only comes as a row without clustering key, and without anything else. */
function hasStaticsOnly(table: TableShape, fields: Record<string, unknown>, row: Row): boolean {
  if (table.clusteringKey.length === 0) return false;
  const first = table.partitionKey.length;
  const hasKey = table.clusteringKey.some((_, index) => fields[`k${first + index}`] !== null);
  const isEmpty = row.cells.every((cell) => cell === undefined) && (row.elements ?? []).length === 0;
  return !hasKey && row.label === undefined && isEmpty;
}

function readCell(value: Buffer, writetime: unknown, ttl: unknown): Cell {
  return { value, writetime: writetime as bigint, ttl: (ttl as number | null) ?? undefined };
}

function earliestServerTime(result: Types.ResultSet): number | undefined {
  let earliest: number | undefined;
  for (const fields of (result.rows ?? []) as unknown as Record<string, unknown>[]) {
    const time = Number(fields["s"] as bigint);
    if (earliest === undefined || time < earliest) earliest = time;
  }
  return earliest;
}

/** A page may end inside a partition: only what comes before its last partition is known to be complete. */
function lastCompleted(rows: readonly Row[], before: bigint): bigint {
  const last = rows.at(-1)?.token;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    if (rows[index]!.token !== last) return rows[index]!.token;
  }
  return before;
}

function size(rows: readonly Row[]): number {
  let bytes = 0;
  for (const row of rows) {
    for (const part of row.key) bytes += part.length;
    for (const cell of row.cells) if (cell) bytes += cell.value.length + 20;
    for (const cell of row.elements ?? []) bytes += cell.key.length + cell.value.length + 20;
  }
  return bytes;
}
