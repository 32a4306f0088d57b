// `pnpm bench:leases`: many workers claim, checkpoint and finish the chunks of one table on two nodes; the state store, and its
// transactions alone with a partition for each chunk and with one for the table.
import { randomBytes, randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { openCluster } from "@cassandra-rekey/cassandra";
import { ZERO_TOTALS } from "@cassandra-rekey/core";
import { systemClock } from "@cassandra-rekey/engine";
import { clientOptions, startCassandra } from "@cassandra-rekey/local-cassandra";

import cassandra from "cassandra-driver";
import { splitRing } from "../../packages/engine/src/planner/split-ring.ts";
import { CassandraStateStore } from "../../plugins/state-cassandra/src/cassandra-state-store.ts";
import { CallTimes, leasesReport } from "./leases-report.ts";

const { values: flags } = parseArgs({
  options: {
    chunks: { type: "string", default: "10000" },
    workers: { type: "string", default: "64" },
    /** How long each layout is measured, seconds. */
    seconds: { type: "string", default: "30" },
  },
});
const chunks = Number(flags.chunks);
const workers = Number(flags.workers);
const seconds = Number(flags.seconds);
/** Worker processes, each with a session of its own. */
const PROCESSES = 4;
const KEYSPACE = "rekey_meta";
const random = { bytes: randomBytes, uuid: randomUUID, fraction: Math.random };
const logger = { debug() {}, info() {}, warn() {}, error() {} };
const never = new AbortController().signal;

await using stack = new AsyncDisposableStack();
const cluster = stack.use(await startCassandra({ nodes: 2, heap: "600m", from: ["jvm"], progress: say }));
const results = [await storeResult(), await layoutResult("chunk"), await layoutResult("table")];
console.log(`\n${leasesReport(results, { cassandra: cluster.version, workers, chunks })}`);

/** The whole store, from the first claim to the last chunk. */
async function storeResult() {
  const { contactPoints, port, localDc } = cluster;
  const stores: CassandraStateStore[] = [];
  for (let index = 0; index < PROCESSES; index += 1) {
    const session = stack.use(
      await openCluster(
        { contactPoints, port, localDc, requestTimeoutMs: 10_000 },
        { clock: systemClock, logger },
      ),
    );
    const settings = {
      keyspace: KEYSPACE,
      replication: undefined,
      consistency: "LOCAL_QUORUM",
      serialConsistency: "LOCAL_SERIAL",
      pythonStuckSeconds: 600,
    } as const;
    stores.push(new CassandraStateStore(session, settings, { clock: systemClock, random }));
  }
  await stores[0]!.init(never);
  const id = randomUUID();
  const table = { id: "people", keyspace: "app", name: "people", columns: ["secret"], schema: undefined };
  say(`planning ${chunks} chunks`);
  const ranges = splitRing(chunks);
  await stores[0]!.createJob(
    { id, kind: "rekey", tables: [{ ...table, writeMode: "fenced", ranges }] },
    never,
  );
  say(`${workers} workers on ${chunks} chunks of the state store`);
  const times = new CallTimes();
  const started = performance.now();
  let finished = 0;
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const store = stores[index % PROCESSES]!;
      for (;;) {
        const claim = await times.of(() => store.claim(id, `w${index}`, 60_000, never));
        if (claim === undefined) continue;
        if (claim.kind === "done") return;
        if (claim.kind === "wait") {
          await systemClock.sleep(claim.ms);
          continue;
        }
        const totals = { ...ZERO_TOTALS, scanned: 100 };
        await times.of(() => store.checkpoint(claim.lease, { seq: 1, cursor: undefined, totals }, never));
        const end = () => store.finish(claim.lease, { seq: 2, cursor: undefined, totals }, never);
        if ((await times.of(end)) === "held") finished += 1;
      }
    }),
  );
  if (finished < chunks) throw new Error(`${finished} of ${chunks} chunks were finished`);
  return { name: "the state store", times, seconds: (performance.now() - started) / 1000, chunks: finished };
}

/** The three transactions of a chunk and nothing else, for as long as it was asked for. */
async function layoutResult(partition: "chunk" | "table") {
  const key = partition === "chunk" ? "((job_id, table_name, chunk_id))" : "((job_id, table_name), chunk_id)";
  const name = `${KEYSPACE}.by_${partition}`;
  const clients: cassandra.Client[] = [];
  for (let index = 0; index < PROCESSES; index += 1) {
    const client = new cassandra.Client({
      ...(await clientOptions(cluster)),
      queryOptions: {
        prepare: true,
        consistency: cassandra.types.consistencies.localQuorum,
        serialConsistency: cassandra.types.consistencies.localSerial,
      },
      policies: { retry: new cassandra.policies.retry.FallthroughRetryPolicy() },
    });
    stack.defer(() => client.shutdown());
    clients.push(client);
  }
  await clients[0]!.execute(
    `CREATE TABLE IF NOT EXISTS ${name} (job_id uuid, table_name text, chunk_id int, epoch int, owner text, state text, seq int, PRIMARY KEY ${key})`,
  );
  const row = "WHERE job_id = ? AND table_name = 'people' AND chunk_id = ?";
  const claim = `UPDATE ${name} SET epoch = 1, owner = ?, state = 'running', seq = 0 ${row} IF epoch = null`;
  const go = `UPDATE ${name} SET seq = ?, state = ? ${row} IF epoch = 1 AND owner = ?`;
  const job = cassandra.types.Uuid.random();
  const left = Array.from({ length: chunks }, (_, index) => index);
  say(`${workers} workers on one partition a ${partition}, for ${seconds} s`);
  const times = new CallTimes();
  const started = performance.now();
  let finished = 0;
  await Promise.all(
    Array.from({ length: workers }, async (_, index) => {
      const client = clients[index % PROCESSES]!;
      const owner = `w${index}`;
      while (performance.now() - started < seconds * 1000) {
        const chunk = left.pop();
        if (chunk === undefined) return;
        const held =
          (await times.of(() => client.execute(claim, [owner, job, chunk]))) !== undefined &&
          (await times.of(() => client.execute(go, [1, "running", job, chunk, owner]))) !== undefined &&
          (await times.of(() => client.execute(go, [2, "done", job, chunk, owner]))) !== undefined;
        if (held) finished += 1;
      }
    }),
  );
  return {
    name: `its transactions alone, one partition a ${partition}`,
    times,
    seconds: (performance.now() - started) / 1000,
    chunks: finished,
  };
}

function say(line: string): void {
  console.error(`bench: ${line}`);
}
