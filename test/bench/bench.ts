// `pnpm bench`: the Python tool, this one and the ceiling, over the same rows on one node in one run; then the start-up.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, startCassandra } from "@cassandra-rekey/local-cassandra";
import { pythonTool } from "../python-tool.ts";
import { benchReport, type Contender } from "./bench-report.ts";
import { COLUMNS, createKeyspace, KEYSPACE, loadTable } from "./bench-table.ts";
import type { CeilingSettings } from "./ceiling.ts";
import { writeFigures } from "./figures.ts";
import { type Measurement, measured } from "./measured-process.ts";
import { Rotations } from "./rotations.ts";
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
const folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-bench-"));

await using stack = new AsyncDisposableStack();
stack.defer(() => rm(folder, { recursive: true, force: true }));
const cluster = stack.use(await startCassandra({ heap: "2g", progress: say }));
const client = await connectClient(cluster);
stack.defer(() => client.shutdown());
await createKeyspace(client, cluster);
// The Python tool dates what it writes now, and what is that young is left for later: it gets a table of its own.
const TABLES = { ours: "people", python: "people_python" } as const;
const ours = new Rotations(program, cluster, folder);
const theirs = new Rotations(program, cluster, folder);
say(`loading ${rows} rows`);
await loadTable(client, TABLES.ours, ours.firstKey, rows);
if (!flags["without-python"]) await loadTable(client, TABLES.python, theirs.firstKey, rows);

const python = flags["without-python"] ? undefined : await runPython();
if (python) say(`Python tool: ${rate(python)} rows/s`);
const measurements: Measurement[] = [];
const ceiling: Measurement[] = [];
const smallCeiling: Measurement[] = [];
for (let round = 0; round < rounds; round += 1) {
  ceiling.push(await runCeiling());
  say(`ceiling, round ${round + 1}: ${rate(ceiling.at(-1)!)} rows/s`);
  smallCeiling.push(await runCeiling(commandFlags()));
  say(`ceiling with a small heap, round ${round + 1}: ${rate(smallCeiling.at(-1)!)} rows/s`);
  measurements.push(await ours.carryOut(configuration(TABLES.ours), rows));
  say(`cassandra-rekey, round ${round + 1}: ${rate(measurements.at(-1)!)} rows/s`);
}
const contenders: Contender[] = [
  { name: "ceiling: the same reads and writes, no crypto, no state", rows, measurements: ceiling },
  { name: "cassandra-rekey, from the command's start to its end", rows, measurements },
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

function configuration(table: string): string {
  return `
state: { keyspace: rekey_meta }
tables: [{ name: ${table}, partition_key: [id, tenant], encrypted_columns: [${COLUMNS.join(", ")}], chunks: ${CHUNKS} }]
execution: { workers: ${workers}, page_size: ${PAGE_SIZE} }`;
}

/** The Python tool as it comes: with its defaults for everything but the chunks. */
async function runPython(): Promise<Measurement> {
  const [command, ...first] = (await pythonTool()).command;
  const place = await theirs.begin({ "config.yaml": configuration(TABLES.python) });
  const jobId = randomUUID();
  const job = ["--config", "config.yaml", "--job-id", jobId];
  await measured(command, [...first, "plan", ...job], place);
  const result = await measured(command, [...first, "run", ...job], place);
  if (!result.stdout.includes(`rotated=${rows}`))
    throw new Error(`the Python tool did not rotate every row:\n${result.stdout}`);
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
