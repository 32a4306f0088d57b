// `pnpm bench`: the Python tool, this one and the ceiling, over the same rows on one node in one run; then the start-up.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, startCassandra } from "@cassandra-rekey/local-cassandra";
import { newFernetKey } from "../fixture-table.ts";
import { pythonTool } from "../python-tool.ts";
import { benchReport, type Contender } from "./bench-report.ts";
import { COLUMNS, createKeyspace, KEYSPACE, loadTable } from "./bench-table.ts";
import type { CeilingSettings } from "./ceiling.ts";
import { writeFigures } from "./figures.ts";
import { type Measurement, measured } from "./measured-process.ts";
import { startupReport } from "./startup.ts";

const { values: flags } = parseArgs({
  options: {
    rows: { type: "string", default: "200000" },
    rounds: { type: "string", default: "2" },
    workers: { type: "string", default: "8" },
    "without-python": { type: "boolean", default: false },
    /** Puts the figures into docs/benchmarks.md. */
    write: { type: "boolean", default: false },
  },
});
const rows = Number(flags.rows);
const rounds = Number(flags.rounds);
const workers = Number(flags.workers);
const CHUNKS = 64;
const PAGE_SIZE = 500;
const program = fileURLToPath(new URL("../../packages/cli/bin/run.js", import.meta.url));
const keys = [newFernetKey(), newFernetKey()] as const;
const folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-bench-"));

await using stack = new AsyncDisposableStack();
stack.defer(() => rm(folder, { recursive: true, force: true }));
const cluster = stack.use(await startCassandra({ heap: "2g", progress: say }));
const client = await connectClient(cluster);
stack.defer(() => client.shutdown());
await createKeyspace(client, cluster);
// The Python tool dates what it writes now, and what is that young is left for later: it gets a table of its own.
const TABLES = { ours: "people", python: "people_python" } as const;
say(`loading ${rows} rows`);
await loadTable(client, TABLES.ours, keys[0], rows);
if (!flags["without-python"]) await loadTable(client, TABLES.python, keys[0], rows);

const python = flags["without-python"] ? undefined : await runPython();
if (python) say(`Python tool: ${rate(python)} rows/s`);
const ours: Measurement[] = [];
const ceiling: Measurement[] = [];
const smallCeiling: Measurement[] = [];
for (let round = 0; round < rounds; round += 1) {
  ceiling.push(await runCeiling());
  say(`ceiling, round ${round + 1}: ${rate(ceiling.at(-1)!)} rows/s`);
  smallCeiling.push(await runCeiling(commandFlags()));
  say(`ceiling with a small heap, round ${round + 1}: ${rate(smallCeiling.at(-1)!)} rows/s`);
  ours.push(await runOurs(round));
  say(`cassandra-rekey, round ${round + 1}: ${rate(ours.at(-1)!)} rows/s`);
}
const contenders: Contender[] = [
  { name: "ceiling: the same reads and writes, no crypto, no state", rows, measurements: ceiling },
  { name: "cassandra-rekey, from the command's start to its end", rows, measurements: ours },
  ...(python ? [{ name: "Python tool 0.1.0", rows, measurements: [python] }] : []),
  { name: "ceiling with the command line's small heap", rows, measurements: smallCeiling },
];
const report = benchReport(contenders, { cassandra: cluster.version, rows, workers });
console.log(`\n${report}`);
await stack.disposeAsync();
const startup = await startupReport(10);
console.log(startup);
if (flags.write) {
  await writeFigures("rotation", report);
  await writeFigures("startup", startup);
}

/** A folder with a configuration for one rotation; each round rotates back what the one before it did. */
async function rotation(
  table: string,
  round: number,
): Promise<{ readonly cwd: string; readonly env: NodeJS.ProcessEnv }> {
  const [old, fresh] = round % 2 === 0 ? keys : [keys[1], keys[0]];
  const cwd = await mkdtemp(join(folder, "rotation-"));
  await writeFile(
    join(cwd, "config.yaml"),
    `
cluster: { contact_points: [${cluster.contactPoints.join(", ")}], port: ${cluster.port}, local_dc: ${cluster.localDc}, keyspace: ${KEYSPACE} }
state: { keyspace: rekey_meta }
provider: { type: fernet, old_key_env: OLD_KEY, new_key_env: NEW_KEY, old_key_version: v${round + 1}, new_key_version: v${round + 2} }
tables: [{ name: ${table}, partition_key: [id, tenant], encrypted_columns: [${COLUMNS.join(", ")}], chunks: ${CHUNKS} }]
execution: { workers: ${workers}, page_size: ${PAGE_SIZE} }
`,
  );
  const env = { ...process.env, OLD_KEY: old, NEW_KEY: fresh };
  // The Python tool's own init-state asks for three replicas, which one node does not have.
  await measured(program, ["init-state"], { cwd, env });
  return { cwd, env };
}

/** The Python tool as it comes: with its defaults for everything but the chunks. */
async function runPython(): Promise<Measurement> {
  const [command, ...first] = (await pythonTool()).command;
  const { cwd, env } = await rotation(TABLES.python, 0);
  const jobId = randomUUID();
  const job = ["--config", "config.yaml", "--job-id", jobId];
  await measured(command, [...first, "plan", ...job], { cwd, env });
  const result = await measured(command, [...first, "run", ...job], { cwd, env });
  if (!result.stdout.includes(`rotated=${rows}`))
    throw new Error(`the Python tool did not rotate every row:\n${result.stdout}`);
  return result;
}

async function runOurs(round: number): Promise<Measurement> {
  const { cwd, env } = await rotation(TABLES.ours, round);
  const planned = await measured(program, ["plan", "--json"], { cwd, env });
  const { jobId } = JSON.parse(planned.stdout) as { jobId: string };
  const result = await measured(program, ["run", "--json", "--job-id", jobId], { cwd, env });
  const { totals } = JSON.parse(result.stdout) as { totals: { rekeyed: number } };
  if (totals.rekeyed !== rows) throw new Error(`${totals.rekeyed} of ${rows} rows were rekeyed`);
  return result;
}

/** What the command line asks of Node, which keeps its memory small. */
function commandFlags(): readonly string[] {
  const [, flags] = /^#!.* node (.*)$/m.exec(readFileSync(program, "utf8")) ?? [];
  if (flags === undefined) throw new Error(`${program} does not begin with the flags of Node`);
  return flags.split(" ");
}

/** `flags`: of Node. */
async function runCeiling(flags: readonly string[] = []): Promise<Measurement> {
  const settings: CeilingSettings = {
    contactPoints: cluster.contactPoints,
    port: cluster.port,
    localDc: cluster.localDc,
    keyspace: KEYSPACE,
    table: TABLES.ours,
    columns: COLUMNS,
    workers,
    chunks: CHUNKS,
    pageSize: PAGE_SIZE,
  };
  const script = fileURLToPath(new URL("ceiling.ts", import.meta.url));
  const result = await measured(process.execPath, [...flags, script, JSON.stringify(settings)], {
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
