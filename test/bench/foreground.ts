// `pnpm bench:foreground`: what an application with a fixed load feels of a job on the same node, throttle by throttle;
// then, with nobody else there, how near the adaptive throttle comes to the best fixed limit.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, startCassandra } from "@cassandra-rekey/local-cassandra";
import { freePort } from "../free-port.ts";
import type { ApplicationResult, ApplicationSettings } from "./application.ts";
import { createKeyspace, KEYSPACE, loadTable } from "./bench-table.ts";
import { writeFigures } from "./figures.ts";
import { foregroundReport, type Idle, type Meeting, type Pauses } from "./foreground-report.ts";
import { JobsInTurn } from "./jobs-in-turn.ts";
import { LineProcess } from "./line-process.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "400000" },
    rounds: { type: "string", default: "1" },
    seconds: { type: "string", default: "12" },
    "per-second": { type: "string", default: "200" },
    only: { type: "string" },
    /** Puts the figures into docs/benchmarks.md. */
    write: { type: "boolean", default: false },
  },
});
const rows = Number(flags.rows);
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const perSecond = Number(flags["per-second"]);
const WARM_UP_SECONDS = 5;
/** Until a throttle that tries how fast it may go has found it. */
const SETTLED_SECONDS = 40;
/**
 * The collector that Cassandra ships with for Java 17 (`jvm-server.options`, `jvm17-server.options`); its pauses are what
 * an application feels most.
 */
const SHIPPED_COLLECTOR = [
  "-XX:+AlwaysPreTouch",
  "-XX:+UseG1GC",
  "-XX:+ParallelRefProcEnabled",
  "-XX:MaxTenuringThreshold=1",
  "-XX:G1HeapRegionSize=16m",
  "-XX:G1RSetUpdatingPauseTimePercent=5",
  "-XX:MaxGCPauseMillis=300",
  "-XX:InitiatingHeapOccupancyPercent=70",
];
/** The heap that Cassandra's own start script gives a node (`cassandra-env.sh`): a quarter of the memory, 8 GiB at most. */
const SHIPPED_HEAP_MIB = Math.min(8192, Math.floor(totalmem() / 1024 ** 2 / 4));
/**
 * Memtables as `cassandra_latest.yaml` has them, which Cassandra 5 ships for new clusters: off the heap, where the collector
 * has nothing to copy of what is written.
 */
const LATEST_MEMTABLES = {
  memtable_allocation_type: "offheap_objects",
  memtable: {
    configurations: { trie: { class_name: "TrieMemtable" }, default: { inherits: "trie" } },
  },
};
/** What one job wrote is compacted before the next measurement: it is not what that one is about. */
const LONGEST_COMPACTION_MS = 120_000;
/** The system gives such a process what the others leave. */
const LOW_PRIORITY = ["nice", "-n", "19"];
const folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-foreground-"));
/** Each pause with its moment: asking the node with `nodetool` starts a Java machine on the cores that are measured. */
const collectorLog = join(folder, "gc.log");

await using stack = new AsyncDisposableStack();
stack.defer(() => rm(folder, { recursive: true, force: true }));
const cluster = stack.use(
  await startCassandra({
    heap: `${SHIPPED_HEAP_MIB}m`,
    jvmArguments: [...SHIPPED_COLLECTOR, `-Xlog:gc:file=${collectorLog}:timemillis:filecount=0`],
    config: LATEST_MEMTABLES,
    progress: say,
  }),
);
const client = await connectClient(cluster);
stack.defer(() => client.shutdown());
await createKeyspace(client, cluster);
say(`loading ${rows} rows`);
const jobs = new JobsInTurn(cluster, folder, say);
await loadTable(client, "people", jobs.firstKey, rows);

/** What a job beside the application is configured with, from what was measured without it. */
type Configure = (alone: ApplicationResult, unthrottledRate: number, endpoint: string) => string;
const byDefault: Configure = () => "";
const atPart =
  (part: number): Configure =>
  (_, rate) =>
    `throttles: [{ type: rate, rows_per_second: ${Math.max(1, Math.round(rate * part))} }]`;
const throttles: readonly (readonly [
  name: string,
  configure: Configure,
  launcher?: readonly string[],
  warmUpSeconds?: number,
])[] = [
  ["unthrottled job, at low priority", () => "throttles: []", LOW_PRIORITY],
  ["the default (throttle-adaptive)", byDefault],
  ["the default, at low priority", byDefault, LOW_PRIORITY],
  ["throttle-latency", () => "throttles: [{ type: latency, threshold_ms: 25 }]"],
  // A little more than half, which is the aim: a page in hand at the end is not counted.
  ["throttle-rate, at half of unthrottled", atPart(0.52)],
  ["the same, at low priority", atPart(0.52), LOW_PRIORITY],
  ["throttle-rate, at a quarter, at low priority", atPart(0.25), LOW_PRIORITY],
  ["throttle-rate, at a tenth, at low priority", atPart(0.1), LOW_PRIORITY],
  [
    "throttle-cluster-load",
    ({ p99 }) =>
      `throttles: [{ type: cluster-load, read_p99_ms: ${Math.max(1, p99 * 0.5).toFixed(1)}, pending_tasks: 8, interval_seconds: 1, max_in_flight_per_node: 16 }]`,
  ],
  [
    "throttle-probe, of the application's own p99",
    ({ p99 }, _, endpoint) =>
      `throttles: [{ type: probe, url: "${endpoint}", threshold: ${(p99 * 1.3).toFixed(1)}, interval_seconds: 2 }]`,
    [],
    SETTLED_SECONDS,
  ],
  [
    "throttle-schedule, outside its window",
    () => `throttles: [{ type: schedule, windows: [{ start: "0 0 29 2 *", hours: 1 }] }]`,
  ],
];

// A server that has just started is slow at first: what all others are compared with is measured on one that is not.
say(`warming the server up: ${Math.round(await jobs.rateAlone("throttles: []", undefined))} rows/s`);
/** By name, round after round: pauses come when they come, and a p99 depends on one more or less. */
const meetings = new Map<string, Meeting[]>();
for (let round = 1; round <= rounds; round += 1) {
  const alone = await meet("no job");
  const unthrottled = await meet("unthrottled job", () => "throttles: []");
  for (const [name, configure, launcher, warmUpSeconds] of throttles) {
    if (flags.only !== undefined && !name.includes(flags.only)) continue;
    const configured = (endpoint: string) =>
      configure(alone.application, unthrottled.rowsPerSecond ?? 0, endpoint);
    await meet(name, configured, launcher, warmUpSeconds);
  }
}
const settings = [
  { name: "the default (throttle-adaptive)", throttle: "", maxInFlight: undefined },
  ...[16, 64].map((limit) => ({ name: `${limit} in flight`, throttle: "throttles: []", maxInFlight: limit })),
];
const rates = new Map<string, number[]>(settings.map(({ name }) => [name, []]));
// Forth and back, so that none has the better place in the order.
for (const { name, throttle, maxInFlight } of [...settings, ...settings.toReversed()]) {
  await compacted();
  const rowsPerSecond = await jobs.rateAlone(throttle, maxInFlight);
  rates.get(name)!.push(rowsPerSecond);
  say(`nobody else there, ${name}: ${Math.round(rowsPerSecond)} rows/s`);
}
const idle: Idle[] = settings.map(({ name }) => ({ name, rowsPerSecond: mean(rates.get(name)!) }));
const report = foregroundReport([...meetings.values()], idle, {
  cassandra: cluster.version,
  perSecond,
  seconds,
  rows,
  rounds,
});
console.log(`\n${report}`);
if (flags.write) await writeFigures("foreground", report);

/** Lets the application run, and a job beside it from a moment before the measurement on. */
async function meet(
  name: string,
  configure?: (endpoint: string) => string,
  launcher?: readonly string[],
  warmUpSeconds = WARM_UP_SECONDS,
): Promise<Meeting> {
  const endpointPort = await freePort();
  // Planned before the application begins, so that nothing but the job itself is beside it.
  const planned = configure && (await jobs.plan(configure(`http://127.0.0.1:${endpointPort}`), launcher));
  await compacted();
  const settings: ApplicationSettings = {
    endpointPort,
    contactPoints: cluster.contactPoints,
    port: cluster.port,
    localDc: cluster.localDc,
    keyspace: KEYSPACE,
    table: "people",
    perSecond,
    warmUpSeconds,
    seconds,
  };
  const script = fileURLToPath(new URL("application.ts", import.meta.url));
  await using application = new LineProcess(process.execPath, [script, JSON.stringify(settings)], {
    cwd: folder,
    env: process.env,
  });
  await application.next<{ port: number }>();
  const job = planned?.start();
  await using _ = job?.process;
  await application.next<{ warm: true }>();
  const before = { rows: await job?.rows(), atMs: Date.now() };
  const result = await application.next<ApplicationResult>();
  const after = { rows: await job?.rows(), atMs: Date.now() };
  const pauses = await collectorPauses(before.atMs, after.atMs);
  const rowsPerSecond = job && ((after.rows! - before.rows!) * 1000) / (after.atMs - before.atMs);
  await job?.stop();
  say(
    `${name}: p99 ${result.p99.toFixed(1)} ms, job ${Math.round(rowsPerSecond ?? 0)} rows/s, longest pause ${pauses.longestMs} ms`,
  );
  const meeting = { name, application: result, rowsPerSecond, pauses };
  meetings.set(name, [...(meetings.get(name) ?? []), meeting]);
  return meeting;
}

/** How the node's collector stopped it from one moment of the wall clock to another, milliseconds. */
async function collectorPauses(fromMs: number, toMs: number): Promise<Pauses> {
  const lines = (await readFile(collectorLog, "utf8")).matchAll(/^\[(\d+)ms\].* Pause .* ([\d.]+)ms$/gm);
  const pauses = [...lines].filter(([, atMs]) => Number(atMs) >= fromMs && Number(atMs) <= toMs);
  const lengths = pauses.map(([, , ms]) => Number(ms));
  const totalMs = lengths.reduce((sum, ms) => sum + ms, 0);
  return { longestMs: Math.max(0, ...lengths), part: totalMs / (toMs - fromMs) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Resolves when the server has nothing left to compact, or after two minutes. */
async function compacted(): Promise<void> {
  const deadlineMs = performance.now() + LONGEST_COMPACTION_MS;
  for (;;) {
    const { rows: tasks } = await client.execute("SELECT kind FROM system_views.sstable_tasks");
    if (tasks.length === 0) return;
    if (performance.now() > deadlineMs) return say("the server still compacts after two minutes");
    await sleep(500);
  }
}

function say(line: string): void {
  console.error(`bench: ${line}`);
}
