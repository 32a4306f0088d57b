import { readFile } from "node:fs/promises";
import {
  type CellSink,
  type CellSource,
  MAX_TOKEN,
  MIN_TOKEN,
  type Page,
  type TableShape,
} from "@cassandra-rekey/core";
import {
  type CassandraAddress,
  dropKeyspaces,
  freshKeyspace,
  sharedCassandra,
  useOpened,
} from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll } from "vitest";
import { createCellSink } from "../src/cell-sink.ts";
import { createCellSource } from "../src/cell-source.ts";
import type { ClusterSession, ClusterSettings } from "../src/cluster-session.ts";
import { openCluster } from "../src/open-cluster.ts";
import { SchemaReader } from "../src/schema-reader.ts";
import { shapeOf } from "../src/table-facts.ts";
import { hostClock, silentLogger } from "./host-clock.ts";

export const WHOLE_RING = { after: MIN_TOKEN, upTo: MAX_TOKEN };
export const LEVEL = "LOCAL_QUORUM";
/** Never aborts. */
export const GO_ON = new AbortController().signal;
export const dependencies = { clock: hostClock, logger: silentLogger };

/** A session on a shared cluster, with a keyspace of its own. */
export interface RealCluster {
  /** The release of the first node. */
  readonly version: string;
  readonly session: ClusterSession;
  readonly keyspace: string;
  readonly source: CellSource;
  readonly sink: CellSink;
  /** Executes CQL as it is written, `ks` standing for the keyspace. */
  run(cql: string, params?: readonly unknown[]): Promise<void>;
  /** The first row of CQL with `ks` standing for the keyspace. */
  first(cql: string, params?: readonly unknown[]): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Creates a table from its columns, in parentheses, and options. */
  table(name: string, definition: string, columns?: readonly string[], label?: string): Promise<TableShape>;
  /** The shape of a pass over static columns of a table that is there. */
  statics(name: string, columns: readonly string[]): Promise<TableShape>;
}

/** Opens it before the tests where it is called, and closes it after them. Until then it is empty. */
export function useReal(): RealCluster {
  return useOpened({ beforeAll, afterAll }, openReal);
}

async function openReal(stack: AsyncDisposableStack): Promise<RealCluster> {
  const address = await sharedCassandra();
  const session = stack.use(await openCluster(await settingsOf(address), dependencies));
  const keyspace = await freshKeyspace(session.client);
  stack.defer(() => dropKeyspaces(session.client, keyspace));
  const named = (cql: string) => cql.replace(/\bks\./g, `${keyspace}.`);
  const run: RealCluster["run"] = async (cql, params = []) => {
    await session.execute(named(cql), params, { prepare: params.length > 0 });
  };
  return {
    session,
    version: address.version,
    keyspace,
    source: createCellSource(session),
    sink: await createCellSink(session),
    run,
    first: async (cql, params = []) => {
      const rows = (await session.rows(named(cql), params)) as readonly object[];
      return rows[0] as Readonly<Record<string, unknown>> | undefined;
    },
    table: async (name, definition, columns = ["v"], label) => {
      await run(`CREATE TABLE ks."${name}" ${definition}`);
      const schema = await new SchemaReader(session).table(keyspace, name);
      return shapeOf(schema!, { columns, ...(label !== undefined && { label }) });
    },
    statics: async (name, columns) =>
      shapeOf((await new SchemaReader(session).table(keyspace, name))!, { columns, scan: "partitions" }),
  };
}

/** Settings with which the superuser connects, over TLS where that is required. */
export async function settingsOf(address: CassandraAddress): Promise<ClusterSettings> {
  const { contactPoints, port, localDc, credentials, tls, tlsRequired } = address;
  return {
    contactPoints,
    port,
    localDc,
    requestTimeoutMs: 20_000,
    ...credentials,
    ...(tls &&
      tlsRequired && {
        tls: {
          ca: await readFile(tls.ca),
          cert: await readFile(tls.clientCertificate),
          key: await readFile(tls.clientKey),
          checkHostname: true,
        },
      }),
  };
}

/** The pages of a range, from a cursor to its end. */
export async function* pagesOf(
  source: CellSource,
  table: TableShape,
  {
    range = WHOLE_RING,
    maxRows = 1000,
    cursor,
  }: { range?: typeof WHOLE_RING; maxRows?: number; cursor?: string } = {},
): AsyncGenerator<Page> {
  let next: string | undefined = cursor;
  do {
    const page: Page = await source.page({ table, range, cursor: next, maxRows, consistency: LEVEL }, GO_ON);
    yield page;
    next = page.next;
  } while (next !== undefined);
}

/** Everything in a range. */
export async function rowsOf(
  source: CellSource,
  table: TableShape,
  options: Parameters<typeof pagesOf>[2] = {},
) {
  const rows = [];
  for await (const page of pagesOf(source, table, options)) rows.push(...page.rows);
  return rows;
}
