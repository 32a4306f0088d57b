// `pnpm bench`: the Python tool, this one and the ceiling, over the same rows on one node in one run.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, startCassandra } from "@cassandra-rekey/local-cassandra";
import { newFernetKey } from "../fixture-table.ts";
import { benchReport, type Contender } from "./bench-report.ts";
import { COLUMNS, createKeyspace, KEYSPACE, loadTable } from "./bench-table.ts";
import type { CeilingSettings } from "./ceiling.ts";
import { type Measurement, measured } from "./measured-process.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "200000" },
    rounds: { type: "string", default: "3" },
    workers: { type: "string", default: "8" },
    write: { type: "string" },
    "without-python": { type: "boolean", default: false },
  },
});
const rows = Number(flags.rows);
const rounds = Number(flags.rounds);
const workers = Number(flags.workers);
const CHUNKS = 64;
const PAGE_SIZE = 1000;
const program = fileURLToPath(new URL("../../node_modules/.bin/cassandra-rekey", import.meta.url));
const keys = [newFernetKey(), newFernetKey()] as const;
const folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-bench-"));

await using stack = new AsyncDisposableStack();
stack.defer(() => rm(folder, { recursive: true, force: true }));
const cluster = stack.use(await startCassandra({ heap: "2g", progress: say }));
const client = await connectClient(cluster);
stack.defer(() => client.shutdown());
await createKeyspace(client, cluster);
say(`loading ${rows} rows`);
await loadTable(client, "people", keys[0], rows);

const ours: Measurement[] = [];
const ceiling: Measurement[] = [];
for (let round = 0; round < rounds; round += 1) {
  ceiling.push(await runCeiling());
  say(`ceiling, round ${round + 1}: ${rate(ceiling.at(-1)!)} rows/s`);
  ours.push(await runOurs(round));
  say(`cassandra-rekey, round ${round + 1}: ${rate(ours.at(-1)!)} rows/s`);
}
const contenders: Contender[] = [
  { name: "ceiling: the same reads and writes, no crypto, no state", rows, measurements: ceiling },
  { name: "cassandra-rekey, from the command's start to its end", rows, measurements: ours },
];
const report = benchReport(contenders, { cassandra: cluster.version, rows, workers });
console.log(`\n${report}`);
if (flags.write !== undefined) await writeFile(flags.write, report);

/** Each round rotates the table back to the other key, so that all rounds have the same work. */
async function runOurs(round: number): Promise<Measurement> {
  const [old, fresh] = round % 2 === 0 ? keys : [keys[1], keys[0]];
  const cwd = await mkdtemp(join(folder, "ours-"));
  await writeFile(
    join(cwd, "config.yaml"),
    `
cluster: { contact_points: [${cluster.contactPoints.join(", ")}], port: ${cluster.port}, local_dc: ${cluster.localDc}, keyspace: ${KEYSPACE} }
state: { keyspace: rekey_meta }
provider: { type: fernet, old_key_env: OLD_KEY, new_key_env: NEW_KEY, old_key_version: v${round + 1}, new_key_version: v${round + 2} }
tables: [{ name: people, partition_key: [tenant, id], encrypted_columns: [${COLUMNS.join(", ")}], chunks: ${CHUNKS} }]
execution: { workers: ${workers}, page_size: ${PAGE_SIZE} }
`,
  );
  const env = { ...process.env, OLD_KEY: old, NEW_KEY: fresh };
  await measured(program, ["init-state"], { cwd, env });
  const planned = await measured(program, ["plan", "--json"], { cwd, env });
  const { jobId } = JSON.parse(planned.stdout) as { jobId: string };
  const result = await measured(program, ["run", "--json", "--job-id", jobId], { cwd, env });
  const { totals } = JSON.parse(result.stdout) as { totals: { rekeyed: number } };
  if (totals.rekeyed !== rows) throw new Error(`${totals.rekeyed} of ${rows} rows were rekeyed`);
  return result;
}

async function runCeiling(): Promise<Measurement> {
  const settings: CeilingSettings = {
    contactPoints: cluster.contactPoints,
    port: cluster.port,
    localDc: cluster.localDc,
    keyspace: KEYSPACE,
    table: "people",
    columns: COLUMNS,
    workers,
    chunks: CHUNKS,
    pageSize: PAGE_SIZE,
  };
  const script = fileURLToPath(new URL("ceiling.ts", import.meta.url));
  const result = await measured(process.execPath, [script, JSON.stringify(settings)], {
    cwd: folder,
    env: process.env,
  });
  const done = JSON.parse(result.stdout) as { rows: number };
  if (done.rows !== rows) throw new Error(`the ceiling saw ${done.rows} of ${rows} rows`);
  return result;
}

function rate({ seconds }: Measurement): number {
  return Math.round(rows / seconds);
}

function say(line: string): void {
  console.error(`bench: ${line}`);
}
