import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, type LocalCassandra, startCassandra } from "@cassandra-rekey/local-cassandra";
import Table from "cli-table3";
import { Application } from "./application.ts";
import { configuration } from "./configuration.ts";
import { newFernetKey, openKey } from "./keys.ts";
import { createSchema, loadRows } from "./schema.ts";
import { Shell } from "./shell.ts";
import { SweepProgress } from "./sweep-progress.ts";

const program = join(dirname(fileURLToPath(import.meta.url)), "../../../node_modules/.bin/cassandra-rekey");
const { values: flags } = parseArgs({
  options: { keep: { type: "boolean", default: false }, rows: { type: "string", default: "50000" } },
});
const secrets = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };

console.log("Starting one Cassandra node …");
const cluster = await startCassandra({ keep: flags.keep, progress: (line) => console.log(`  ${line}`) });
console.log(
  `Cassandra ${cluster.version} answers on ${cluster.contactPoints[0]}:${cluster.port} (${cluster.how}).`,
);
const directory = await mkdtemp(join(tmpdir(), "cassandra-rekey-demo-"));
try {
  process.exitCode = (await demo(cluster, directory)) ? 0 : 1;
} finally {
  if (flags.keep) tellHowToLook(cluster, directory);
  else {
    await rm(directory, { recursive: true, force: true });
    await cluster.stop();
  }
}

/** Tells whether everything came out as it should. */
async function demo(cluster: LocalCassandra, directory: string): Promise<boolean> {
  const client = await connectClient(cluster);
  await using closing = new AsyncDisposableStack();
  closing.defer(() => client.shutdown());
  const oldKey = openKey(secrets.REKEY_OLD_KEY, "v1");
  const newKey = openKey(secrets.REKEY_NEW_KEY, "v2");
  await createSchema(client, cluster.localDc);
  console.log(`Loading ${flags.rows} rows encrypted under the old key …`);
  const rows = await loadRows(client, oldKey, Number(flags.rows));
  await writeFile(join(directory, "config.yaml"), configuration(cluster));

  const shell = new Shell(program, directory, secrets);
  const application = new Application(client, rows, oldKey, newKey);
  application.start();
  console.log(
    "An application reads, updates, deletes and inserts rows from now on, writing with the old key.",
  );

  await shell.run(["init-state"]);
  await shell.run(["doctor"]);
  await shell.run(["plan"]);
  const { jobId } = JSON.parse((await shell.run(["status", "--json"], { quiet: true })).stdout) as {
    jobId: string;
  };
  const sweep = shell.run(["run", "--workers", "8"]);
  const progress = new SweepProgress(client, jobId, sweep);
  await progress.reach(0.5);
  application.switchKey();
  console.log("Half way: the application writes with the new key from now on.");
  const sweepMs = await progress.reach(1);
  await sweep;
  const first = await statusOf(shell, jobId);

  console.log("\nWhat the application wrote with the old key behind the sweep's back, a second sweep finds:");
  await shell.run(["plan"]);
  await shell.run(["run", "--workers", "8"]);
  const report = await application.stop();
  const verify = await shell.run(["verify"]);
  const census = await censusOf(shell);
  const damage = await application.inspect();

  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ["rows rekeyed by the first sweep", first.rekeyed.toLocaleString("en")],
    ["cells under the new key now", census.current.toLocaleString("en")],
    [
      "rows/s of the first sweep, command start to last chunk",
      Math.round(first.scanned / (sweepMs / 1000)).toLocaleString("en"),
    ],
    ["application: operations", report.operations.toLocaleString("en")],
    ["application: failures", String(report.failures)],
    ["application: wrong reads", String(report.wrongReads)],
    ["application: p99", `${report.p99Ms.toFixed(1)} ms`],
    ["lost updates", `${damage.lostUpdates} of ${damage.checked} rows checked`],
    ["resurrected rows", String(damage.resurrected)],
    ["old-key cells left", String(census.old)],
  );
  console.log(`\n${table.toString()}`);
  const harm = report.failures + report.wrongReads + damage.lostUpdates + damage.resurrected + census.old;
  return harm === 0 && verify.status === 0 && first.rekeyed > 0;
}

interface JobCounts {
  readonly scanned: number;
  readonly rekeyed: number;
}

async function statusOf(shell: Shell, jobId: string): Promise<JobCounts> {
  const { stdout } = await shell.run(["status", "--json", "--job-id", jobId], { quiet: true });
  const { tables } = JSON.parse(stdout) as { tables: { rows: JobCounts }[] };
  return {
    scanned: tables.reduce((sum, table) => sum + table.rows.scanned, 0),
    rekeyed: tables.reduce((sum, table) => sum + table.rows.rekeyed, 0),
  };
}

async function censusOf(shell: Shell): Promise<{ readonly old: number; readonly current: number }> {
  const { stdout } = await shell.run(["verify", "--json"], { quiet: true });
  const { census } = JSON.parse(stdout) as { census: { keyVersion: string; cells: number }[] };
  const cells = (isCurrent: boolean) =>
    census
      .filter((line) => (line.keyVersion === "v2") === isCurrent)
      .reduce((sum, line) => sum + line.cells, 0);
  return { old: cells(false), current: cells(true) };
}

function tellHowToLook(cluster: LocalCassandra, directory: string): void {
  console.log(`
The cluster is still up. To look at it:
  cd ${directory}
  export REKEY_OLD_KEY=${secrets.REKEY_OLD_KEY} REKEY_NEW_KEY=${secrets.REKEY_NEW_KEY}
  ${program} jobs
To stop it:
  ${cluster.stopHint ?? "(it was there before)"}`);
}
