// The ceiling: the same reads and writes as a rotation makes, with no crypto and no state. Run as a process of its own.
import {
  createCellSink,
  createCellSource,
  openCluster,
  SchemaReader,
  shapeOf,
} from "@cassandra-rekey/cassandra";
import { MAX_TOKEN, MIN_TOKEN, type Mutation, type Row, type TokenRange } from "@cassandra-rekey/core";
import { systemClock } from "@cassandra-rekey/engine";

const { contactPoints, port, localDc, keyspace, table, columns, workers, chunks, pageSize } = JSON.parse(
  process.argv[2] ?? "{}",
) as CeilingSettings;

/** What the ceiling is told. */
export interface CeilingSettings {
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly localDc: string;
  readonly keyspace: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly workers: number;
  readonly chunks: number;
  readonly pageSize: number;
}

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const never = new AbortController().signal;
await using session = await openCluster(
  { contactPoints, port, localDc, requestTimeoutMs: 30_000 },
  { clock: systemClock, logger },
);
const schema = await new SchemaReader(session).table(keyspace, table, never);
const shape = shapeOf(schema!, { columns, label: "key_version" });
const source = createCellSource(session);
const sink = await createCellSink(session);
const width = (MAX_TOKEN - MIN_TOKEN) / BigInt(chunks);
const ranges: TokenRange[] = Array.from({ length: chunks }, (_, index) => ({
  after: MIN_TOKEN + width * BigInt(index),
  upTo: index === chunks - 1 ? MAX_TOKEN : MIN_TOKEN + width * BigInt(index + 1),
}));

let rows = 0;
async function work(): Promise<void> {
  for (let range = ranges.pop(); range; range = ranges.pop()) {
    let fetching = page(range, undefined);
    for (;;) {
      const { rows: read, next } = await fetching;
      if (next !== undefined) fetching = page(range, next);
      rows += read.length;
      const items = read.map((row) => ({ token: row.token, bytes: sizeOf(row), row }));
      await Promise.all(
        sink.group(shape, items).map((group) =>
          sink.send(
            shape,
            group.map(({ row }) => rewritten(row)),
            "LOCAL_QUORUM",
            never,
          ),
        ),
      );
      if (next === undefined) break;
    }
  }
}

function page(range: TokenRange, cursor: string | undefined) {
  return source.page({ table: shape, range, cursor, maxRows: pageSize, consistency: "LOCAL_QUORUM" }, never);
}

function sizeOf(row: Row): number {
  return row.cells.reduce((sum, cell) => sum + 60 + (cell?.value.length ?? 0), 0);
}

/** Each cell again as it is, a microsecond newer. */
function rewritten(row: Row): Mutation {
  const cells = row.cells.flatMap((cell, index) =>
    cell ? [{ column: columns[index]!, value: cell.value, timestamp: cell.writetime + 1n, ttl: 0 }] : [],
  );
  const label = row.label
    ? [{ column: "key_version", value: row.label.value, timestamp: row.label.writetime + 1n, ttl: 0 }]
    : [];
  return { token: row.token, key: row.key, cells: [...cells, ...label] };
}

await Promise.all(Array.from({ length: workers }, work));
console.log(JSON.stringify({ rows }));
