// `pnpm bench:foreground`: what an application with a fixed load feels of a job on the same node, throttle by throttle.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, startCassandra } from "@cassandra-rekey/local-cassandra";
import { newFernetKey } from "../fixture-table.ts";
import type { ApplicationResult, ApplicationSettings } from "./application.ts";
import { COLUMNS, createKeyspace, KEYSPACE, loadTable } from "./bench-table.ts";
import { foregroundReport, type Meeting } from "./foreground-report.ts";
import { LineProcess } from "./line-process.ts";
import { measured } from "./measured-process.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "400000" },
    seconds: { type: "string", default: "30" },
    "per-second": { type: "string", default: "200" },
    only: { type: "string" },
    write: { type: "string" },
  },
});
const rows = Number(flags.rows);
const seconds = Number(flags.seconds);
const perSecond = Number(flags["per-second"]);
const WARM_UP_SECONDS = 10;
const program = fileURLToPath(new URL("../../node_modules/.bin/cassandra-rekey", import.meta.url));
const keys = [newFernetKey(), newFernetKey()] as const;
const folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-foreground-"));

await using stack = new AsyncDisposableStack();
stack.defer(() => rm(folder, { recursive: true, force: true }));
const cluster = stack.use(await startCassandra({ heap: "2g", progress: say }));
const client = await connectClient(cluster);
stack.defer(() => client.shutdown());
await createKeyspace(client, cluster);
say(`loading ${rows} rows`);
await loadTable(client, "people", keys[0], rows);

/** What a throttle is configured with, from what was measured without it. */
type Configure = (alone: ApplicationResult, unthrottledRate: number, endpoint: string) => string;
const throttles: Readonly<Record<string, Configure>> = {
  "the default (throttle-adaptive)": () => "",
  "throttle-latency": () => "throttles: [{ type: latency, threshold_ms: 25 }]",
  "throttle-rate, at half of unthrottled": (_, rate) =>
    `throttles: [{ type: rate, rows_per_second: ${Math.max(1, Math.round(rate / 2))} }]`,
  "throttle-cluster-load": ({ p99 }) =>
    `throttles: [{ type: cluster-load, read_p99_ms: ${Math.max(1, p99 * 0.5).toFixed(1)}, pending_tasks: 8, interval_seconds: 1, max_in_flight_per_node: 16 }]`,
  "throttle-probe, of the application's own p99": ({ p99 }, _, endpoint) =>
    `throttles: [{ type: probe, url: "${endpoint}", threshold: ${(p99 * 1.3).toFixed(1)}, interval_seconds: 1 }]`,
  "throttle-schedule, outside its window": () =>
    `throttles: [{ type: schedule, windows: [{ start: "0 0 29 2 *", hours: 1 }] }]`,
};

let rotations = 0;
const alone = await meet("no job", undefined);
const unthrottled = await meet("unthrottled job", () => "throttles: []");
const meetings: Meeting[] = [alone, unthrottled];
for (const [name, configure] of Object.entries(throttles)) {
  if (flags.only !== undefined && !name.includes(flags.only)) continue;
  meetings.push(
    await meet(name, (endpoint) => configure(alone.application, unthrottled.rowsPerSecond ?? 0, endpoint)),
  );
}
const report = foregroundReport(meetings, { cassandra: cluster.version, perSecond, seconds });
console.log(`\n${report}`);
if (flags.write !== undefined) await writeFile(flags.write, report);

/** Lets the application run, and a job beside it from a moment before the measurement on. */
async function meet(name: string, configure: ((endpoint: string) => string) | undefined): Promise<Meeting> {
  const settings: ApplicationSettings = {
    contactPoints: cluster.contactPoints,
    port: cluster.port,
    localDc: cluster.localDc,
    keyspace: KEYSPACE,
    table: "people",
    perSecond,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds,
  };
  const script = fileURLToPath(new URL("application.ts", import.meta.url));
  await using application = new LineProcess(process.execPath, [script, JSON.stringify(settings)], {
    cwd: folder,
    env: process.env,
  });
  const { port } = await application.next<{ port: number }>();
  const job = configure && (await startJob(configure(`http://127.0.0.1:${port}`)));
  await using _ = job?.process;
  const result = await application.next<ApplicationResult>();
  const rowsPerSecond = job && (await job.stop());
  say(`${name}: p99 ${result.p99.toFixed(1)} ms, job ${Math.round(rowsPerSecond ?? 0)} rows/s`);
  return { name, application: result, rowsPerSecond };
}

/** Plans and starts a job. Stopped, it tells its speed and is carried to its end, so that the next one has all rows to do. */
async function startJob(throttle: string) {
  const [old, fresh] = rotations % 2 === 0 ? keys : [keys[1], keys[0]];
  const cwd = await mkdtemp(join(folder, "job-"));
  const [before, after] = [rotations + 1, rotations + 2];
  rotations += 1;
  const configured = (throttles: string) => `
cluster: { contact_points: [${cluster.contactPoints.join(", ")}], port: ${cluster.port}, local_dc: ${cluster.localDc}, keyspace: ${KEYSPACE} }
provider: { type: fernet, old_key_env: OLD_KEY, new_key_env: NEW_KEY, old_key_version: v${before}, new_key_version: v${after} }
tables: [{ name: people, encrypted_columns: [${COLUMNS.join(", ")}], chunks: 256 }]
${throttles}
`;
  await writeFile(join(cwd, "config.yaml"), configured(throttle));
  await writeFile(join(cwd, "free.yaml"), configured("throttles: []"));
  const env = { ...process.env, OLD_KEY: old, NEW_KEY: fresh };
  await measured(program, ["init-state"], { cwd, env });
  const { jobId } = JSON.parse((await measured(program, ["plan", "--json"], { cwd, env })).stdout) as {
    jobId: string;
  };
  const running = new LineProcess(program, ["run", "--json", "--job-id", jobId], { cwd, env });
  const stop = async () => {
    const { scanned, elapsedMs, outcome } = JSON.parse(await running.end("SIGINT")) as {
      scanned: number;
      elapsedMs: number;
      outcome: string;
    };
    if (outcome === "done") say("the job was done before the measurement: give more --rows");
    else await measured(program, ["run", "--json", "--config", "free.yaml", "--job-id", jobId], { cwd, env });
    return (scanned * 1000) / elapsedMs;
  };
  return { process: running, stop };
}

function say(line: string): void {
  console.error(`bench: ${line}`);
}
