import {
  type CellSink,
  type CellWrite,
  type ConditionalCell,
  type Groupable,
  type Mutation,
  RekeyError,
  type SoonSent,
  type TableShape,
} from "@cassandra-rekey/core";
import { asBuffer } from "./as-buffer.ts";
import { type BatchLimits, groupByReplicas } from "./batch-grouping.ts";
import { batchLimits } from "./batch-limits.ts";
import type { ClusterSession } from "./cluster-session.ts";
import {
  type BoundStatement,
  conditionalBytes,
  conditionalStatements,
  holdsWhole,
  keyOf,
  statementParts,
} from "./conditional-statements.ts";
import { isUnknownOutcome } from "./driver-errors.ts";
import { UpdateTexts } from "./update-texts.ts";

/** Below the 16 MiB that the protocol refuses, with room for what surrounds values and keys. */
const MOST_REQUEST_BYTES = 15 * 1024 * 1024;

/** Writes cells to a cluster's tables; asks the server for its batch thresholds first. */
export async function createCellSink(session: ClusterSession): Promise<CellSink> {
  return new CqlCellSink(session, await batchLimits(session));
}

class CqlCellSink implements CellSink {
  readonly #session: ClusterSession;
  readonly #limits: BatchLimits;
  readonly #texts = new WeakMap<TableShape, UpdateTexts>();

  constructor(session: ClusterSession, limits: BatchLimits) {
    this.#session = session;
    this.#limits = limits;
  }

  replicas(table: TableShape, token: bigint): readonly string[] {
    return this.#session.ring.replicas(table.keyspace, token);
  }

  group<Item extends Groupable>(table: TableShape, items: readonly Item[]): readonly (readonly Item[])[] {
    const { ring } = this.#session;
    return groupByReplicas(items, this.#limits, (token) => ring.replicaSet(table.keyspace, token));
  }

  async prepare(table: TableShape, soon: SoonSent, signal: AbortSignal): Promise<void> {
    const texts =
      "mutations" in soon
        ? soon.mutations.flatMap(({ cells }) => sameStamp(cells).map((same) => this.#textsOf(table).of(same)))
        : conditionalStatements(table, soon.key, soon.conditional).map(({ query }) => query);
    for (const text of new Set(texts)) await this.#session.prepare(text, signal);
  }

  async send(
    table: TableShape,
    mutations: readonly Mutation[],
    consistency: string,
    signal: AbortSignal,
  ): Promise<void> {
    const texts = this.#textsOf(table);
    const statements: BoundStatement[] = [];
    let bytes = 0;
    for (const { key, cells } of mutations) {
      for (const together of sameStamp(cells)) {
        const params = updateParams(key, together);
        for (const param of params) if (Buffer.isBuffer(param)) bytes += param.length;
        statements.push({ query: texts.of(together), params });
      }
    }
    if (bytes > MOST_REQUEST_BYTES) {
      const [only] = mutations;
      if (mutations.length === 1 && only!.cells.length === 1) throw tooLarge(table, only!.cells[0]!, bytes);
      return this.#sendInParts(table, mutations, consistency, signal);
    }
    // The driver knows from the prepared statement which parameters are the partition key, and where it lives.
    const options = { consistency, signal };
    const [first] = statements;
    if (statements.length === 1) await this.#session.execute(first!.query, first!.params, options);
    else await this.#session.batch(statements, { ...options, logged: false });
  }

  async compareAndSet(
    table: TableShape,
    key: readonly Uint8Array[],
    cells: readonly ConditionalCell[],
    consistency: string,
    signal: AbortSignal,
    serial?: string,
  ): Promise<"applied" | "lost" | "unknown"> {
    const bytes = conditionalBytes(key, cells);
    if (bytes > MOST_REQUEST_BYTES) {
      const [first] = cells;
      // Of a list or set, the first element written would already be a change to what the next one expects.
      if (cells.length === 1 || cells.some(holdsWhole)) throw tooLarge(table, first!, bytes);
      // Each cell has a guard of its own; who reads the row again sees which of them are written.
      for (const cell of cells) {
        const outcome = await this.compareAndSet(table, key, [cell], consistency, signal, serial);
        if (outcome !== "applied") return outcome;
      }
      return "applied";
    }
    const statements = conditionalStatements(table, key, cells);
    const [first] = statements;
    const options = { consistency, serialConsistency: serial ?? this.#serialConsistency(), signal };
    try {
      const result =
        statements.length === 1
          ? await this.#session.execute(first!.query, first!.params, options)
          : await this.#session.batch(statements, { ...options, logged: false });
      return result.wasApplied() ? "applied" : "lost";
    } catch (error) {
      if (isUnknownOutcome(error)) return "unknown";
      throw error;
    }
  }

  #serialConsistency(): string {
    const hosts = this.#session.hosts();
    return hosts.every((host) => host.dataCenter === this.#session.localDc) ? "LOCAL_SERIAL" : "SERIAL";
  }

  /** Several statements of one large row, or a few large rows: each cell by itself. */
  async #sendInParts(
    table: TableShape,
    mutations: readonly Mutation[],
    consistency: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (const mutation of mutations) {
      for (const cell of mutation.cells) {
        await this.send(table, [{ ...mutation, cells: [cell] }], consistency, signal);
      }
    }
  }

  #textsOf(table: TableShape): UpdateTexts {
    const known = this.#texts.get(table);
    if (known) return known;
    const texts = new UpdateTexts(table);
    this.#texts.set(table, texts);
    return texts;
  }
}

/** Cells that can share a statement, because they share timestamp and TTL. */
function sameStamp(cells: readonly CellWrite[]): readonly (readonly CellWrite[])[] {
  const [first] = cells;
  if (cells.every((cell) => cell.timestamp === first!.timestamp && cell.ttl === first!.ttl))
    return statementParts(cells);
  const groups = Map.groupBy(cells, (cell) => `${cell.timestamp}/${cell.ttl}`).values();
  return [...groups].flatMap((same) => statementParts(same));
}

/** What the parameters of an update are for these cells. */
function updateParams(key: readonly Uint8Array[], cells: readonly CellWrite[]): unknown[] {
  const { timestamp, ttl } = cells[0]!;
  const params: unknown[] = [timestamp, ttl];
  for (const cell of cells) {
    if (cell.part) params.push(...keyOf(cell));
    params.push(asBuffer(cell.value));
  }
  for (const column of key) params.push(asBuffer(column));
  return params;
}

function tooLarge(table: TableShape, cell: { readonly column: string }, bytes: number): RekeyError {
  const where = `${table.keyspace}.${table.name}.${cell.column}`;
  return new RekeyError(
    "CLUSTER.INVALID_QUERY",
    `a write of ${bytes} bytes to ${where} is too large for one request`,
  );
}
