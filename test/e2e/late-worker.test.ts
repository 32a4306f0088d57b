import {
  type CassandraAddress,
  connectClient,
  freshKeyspace,
  sharedCassandra,
} from "@cassandra-rekey/local-cassandra/shared";
import { TcpProxy } from "@cassandra-rekey/testkit";
import cassandra, { type Client } from "cassandra-driver";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cliFolder, runCli, startCli } from "../cli.ts";
import { newFernetKey, openFernetKey, seal } from "../fixture-table.ts";
import { eventually } from "../state-of-job.ts";

const ROWS = 1_200;
const GRACE_SECONDS = 10;
const LIFE_SECONDS = 20;
const LOADERS = 32;
const PURGES = `gc_grace_seconds = ${GRACE_SECONDS} AND memtable_flush_period_in_ms = 500 AND compaction = {
  'class': 'SizeTieredCompactionStrategy', 'min_threshold': '2' }`;

let cluster: CassandraAddress;
let client: Client;
let keyspace: string;

beforeAll(async () => {
  cluster = await sharedCassandra();
  client = await connectClient(cluster);
  keyspace = await freshKeyspace(client);
});
afterAll(async () => {
  await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client.shutdown();
});

async function load(table: string, keyText: string, ttl: number): Promise<void> {
  const [token] = await seal(openFernetKey(keyText), ["somebody"]);
  const anHourAgo = cassandra.types.Long.fromNumber((Date.now() - 3_600_000) * 1000);
  const ids = Array.from({ length: ROWS }, (_, id) => id).values();
  const write = async () => {
    for (const id of ids)
      await client.execute(
        `UPDATE ${keyspace}.${table} USING TIMESTAMP ? AND TTL ? SET email = ? WHERE id = ?`,
        [anHourAgo, ttl, token, id],
        { prepare: true },
      );
  };
  await Promise.all(Array.from({ length: LOADERS }, write));
}

async function rowsOf(table: string): Promise<readonly number[]> {
  const { rows } = await client.execute(`SELECT id FROM ${keyspace}.${table}`, [], { fetchSize: 5_000 });
  return rows.map((row) => row.get("id") as number);
}

it("brings nothing back when a worker stood still while rows were deleted and purged, truncated and expired", async () => {
  const [oldKey, newKey] = [newFernetKey(), newFernetKey()];
  const tables = ["deleted", "truncated", "expired"];
  for (const table of tables) {
    await client.execute(`CREATE TABLE ${keyspace}.${table} (id int PRIMARY KEY, email blob) WITH ${PURGES}`);
    if (table !== "expired") await load(table, oldKey, 0);
  }
  await using proxy = await TcpProxy.start({ host: cluster.contactPoints[0]!, port: cluster.port });
  await proxy.delay(20);
  await using folder = await cliFolder();
  const options = {
    cwd: folder.path,
    env: { OLD: oldKey, NEW: newKey },
    config: {
      cluster: { contact_points: [proxy.host], port: proxy.port, local_dc: cluster.localDc, keyspace },
      keys: {
        target: { provider: "fernet", version: "v2", key: { env: "NEW" } },
        previous: [{ provider: "fernet", version: "v1", key: { env: "OLD" } }],
      },
      tables: tables.map((name) => ({
        name,
        encrypted_columns: ["email"],
        chunks: 1,
        accept: ["table.gc-grace"],
      })),
      state: { type: "file", path: `${folder.path}/state.db` },
      // Writes wait for their turn, so that there is always a page in hand. A lease that ran out would keep them back too.
      execution: {
        workers: 3,
        page_size: 40,
        max_in_flight: 2,
        max_write_age_seconds: 1,
        lease_seconds: 600,
      },
      throttles: [],
    },
  };
  expect((await runCli(["init-state"], options)).status).toBe(0);
  const { jobId } = (await runCli(["plan", "--json"], options)).json;
  const scanned = async () => {
    const { json } = await runCli(["status", "--json", "--job-id", jobId], options);
    return json.tables.map(({ rows }: { rows: { scanned: number } }) => rows.scanned) as number[];
  };
  await load("expired", oldKey, LIFE_SECONDS);
  const worker = await startCli(["run", "--json", "--job-id", jobId], options);
  await eventually("every table is begun", scanned, (counts) => counts.every((count) => count > 0));
  // All that it may have in flight waits for an answer: nothing is on its way when it stops, and pages are in hand.
  await proxy.cut("answers");
  let [held, looks] = [0, 0];
  const sameFor = () => {
    looks = proxy.heldBytes === held ? looks + 1 : 0;
    held = proxy.heldBytes;
    return looks;
  };
  await eventually("it waits for answers", sameFor, (times) => held > 0 && times >= 10);
  worker.child.kill("SIGSTOP");
  await proxy.restore();
  expect((await scanned()).every((count) => count < ROWS)).toBe(true);

  const graceOverMs = Date.now() + GRACE_SECONDS * 1000;
  await Promise.all(
    (await rowsOf("deleted")).map((id) =>
      client.execute(`DELETE FROM ${keyspace}.deleted WHERE id = ?`, [id], { prepare: true }),
    ),
  );
  await client.execute(`TRUNCATE ${keyspace}.truncated`);
  await eventually(
    "the rest has expired",
    () => rowsOf("expired"),
    (left) => left.length === 0,
  );
  await untilPurged("deleted", graceOverMs);

  worker.child.kill("SIGCONT");
  expect((await worker.ended).json).toMatchObject({ outcome: "done", quarantined: 0 });
  for (const table of tables) expect(await rowsOf(table), table).toEqual([]);
});

/** Keeps the server flushing, so that it compacts all there is, and waits until it has done so past the grace. */
async function untilPurged(table: string, graceOverMs: number): Promise<void> {
  const compactions = async () => {
    await client.execute(`DELETE FROM ${keyspace}.${table} WHERE id = ${ROWS}`);
    const { rows } = await client.execute(
      "SELECT keyspace_name, columnfamily_name, compacted_at FROM system.compaction_history",
    );
    return rows.filter(
      (row) =>
        row.get("keyspace_name") === keyspace &&
        row.get("columnfamily_name") === table &&
        row.get("compacted_at").getTime() > graceOverMs,
    ).length;
  };
  // The first of them may have begun before.
  await eventually("the tombstones are purged", compactions, (count) => count > 1);
}
