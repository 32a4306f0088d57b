// An application with a fixed load, as a process of its own: what it measures is what its users would wait.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import cassandra, { type Client } from "cassandra-driver";

/** What the application is told. */
export interface ApplicationSettings {
  /** On loopback; there it tells how long its users wait. */
  readonly endpointPort: number;
  readonly contactPoints: readonly string[];
  readonly port: number;
  readonly localDc: string;
  readonly keyspace: string;
  /** Read by primary key (`id`, `tenant`); one request in five writes to `visits` beside it. */
  readonly table: string;
  readonly perSecond: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** What it says at its end, milliseconds. */
export interface ApplicationResult {
  readonly requests: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

const KEYS = 5_000;
/** What its endpoint tells: the p99 of so many last requests, milliseconds. */
const RECENT = 500;

const settings = JSON.parse(process.argv[2] ?? "{}") as ApplicationSettings;
const client = new cassandra.Client({
  contactPoints: [...settings.contactPoints],
  localDataCenter: settings.localDc,
  protocolOptions: { port: settings.port },
});
const keys = await prepare(client);
const recent: number[] = [];
const server = createServer((_, response) => response.end(String(percentile(recent, 99)))).listen(
  settings.endpointPort,
  "127.0.0.1",
);
server.on("listening", () => console.log(JSON.stringify({ port: settings.endpointPort })));
await load(settings.warmUpSeconds);
console.log(JSON.stringify({ warm: true }));
const result = await load(settings.seconds);
server.close();
server.closeAllConnections();
await client.shutdown();
console.log(JSON.stringify(result));

/** Sends at its own pace, however long answers take; a request counts from when it should have been sent. */
async function load(seconds: number): Promise<ApplicationResult> {
  const latencies: number[] = [];
  let failed = 0;
  const under: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let sent = 0; sent < seconds * settings.perSecond; sent += 1) {
    const dueMs = startedMs + (sent * 1000) / settings.perSecond;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await sleep(earlyMs);
    const request = send(sent).then(
      () => {
        const latencyMs = performance.now() - dueMs;
        latencies.push(latencyMs);
        recent.push(latencyMs);
        if (recent.length > RECENT) recent.shift();
      },
      () => {
        failed += 1;
      },
    );
    under.push(request);
  }
  await Promise.all(under);
  return {
    requests: latencies.length,
    failed,
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
  };
}

function send(sent: number): Promise<unknown> {
  const [tenant, id] = keys[(sent * 7_919) % keys.length]!;
  const { keyspace, table } = settings;
  if (sent % 5 === 0)
    return client.execute(`INSERT INTO ${keyspace}.visits (id, at) VALUES (?, toTimestamp(now()))`, [id], {
      prepare: true,
    });
  return client.execute(
    `SELECT email, phone FROM ${keyspace}.${table} WHERE tenant = ? AND id = ?`,
    [tenant, id],
    {
      prepare: true,
    },
  );
}

async function prepare(client: Client): Promise<readonly (readonly [number, cassandra.types.Uuid])[]> {
  await client.connect();
  await client.execute(
    `CREATE TABLE IF NOT EXISTS ${settings.keyspace}.visits (id uuid PRIMARY KEY, at timestamp)`,
  );
  const { rows } = await client.execute(
    `SELECT tenant, id FROM ${settings.keyspace}.${settings.table} LIMIT ${KEYS}`,
    [],
    { fetchSize: KEYS },
  );
  return rows.map((row) => [row.get("tenant") as number, row.get("id") as cassandra.types.Uuid] as const);
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}
