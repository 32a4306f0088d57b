import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { TestKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import type { Client } from "cassandra-driver";
import { type CliResult, cliFolder, type RunningCli, runCli, startCli } from "./cli.ts";
import { configFor, type FixtureTable, newFernetKey, seed } from "./fixture-table.ts";

/** Where a job's progress is kept. */
export type StateKind = "file" | "cassandra";

/** A seeded table with a planned job, and commands over it. */
export interface Rotation extends AsyncDisposable {
  readonly fixture: FixtureTable;
  readonly jobId: string;
  readonly folder: string;
  readonly stateKeyspace: string;
  readonly keys: { readonly old: string; readonly new: string };
  run(args: readonly string[]): Promise<CliResult>;
  start(args: readonly string[]): Promise<RunningCli>;
  /** Lets the job go through so few rows a second, in all its processes, that a test can do something in the middle. */
  slowDown(rowsPerSecond: number): Promise<void>;
  /** Ends what `slowDown` began. */
  letGo(): Promise<void>;
  /** How many chunks have a stored cursor inside. */
  cursors(): Promise<number>;
}

/** How a rotation is made. */
export interface RotationOptions {
  readonly state: StateKind;
  readonly rows: number;
  readonly table?: Readonly<Record<string, unknown>>;
  readonly execution?: Readonly<Record<string, unknown>>;
  readonly more?: Readonly<Record<string, unknown>>;
  /** How many rows a second the runs of `start` go through: few, where a test ends them in the middle. */
  readonly pace?: number;
}

/** One request at a time, for small pages: its cursors are stored often. */
export const SLOW = {
  workers: 2,
  page_size: 25,
  max_in_flight: 1,
  checkpoint_interval_ms: 100,
  lease_seconds: 10,
};

/** Seeds a table under an old key, sets up the state and plans a job. */
export async function planRotation(
  { cluster, client, keyspace }: TestKeyspace,
  { state, rows, table = {}, execution = {}, more = {}, pace }: RotationOptions,
): Promise<Rotation> {
  const keys = { old: newFernetKey(), new: newFernetKey() };
  const name = `people_${randomUUID().slice(0, 8)}`;
  const fixture = await seed(client, keyspace, { key: keys.old, rows, name });
  const folder = await cliFolder();
  const stateKeyspace = `${keyspace}_state`;
  const base = configFor(cluster, [fixture]);
  const config = {
    ...base,
    tables: base.tables.map((settings) => ({ ...settings, ...table })),
    state:
      state === "file" ? { type: "file", path: join(folder.path, "state.db") } : { keyspace: stateKeyspace },
    execution,
    ...more,
  };
  const env = { REKEY_OLD_KEY: keys.old, REKEY_NEW_KEY: keys.new };
  const options = { cwd: folder.path, env, config };
  const expectDone = async (args: readonly string[]) => {
    const result = await runCli(args, options);
    if (result.status !== 0)
      throw new Error(`${args.join(" ")} ended with ${result.status}: ${result.stdout}${result.stderr}`);
    return result;
  };
  await expectDone(["init-state"]);
  const { jobId } = (await expectDone(["plan", "--json"])).json as { jobId: string };
  const paced = { ...config, throttles: [{ type: "rate", rows_per_second: pace }] };
  const tune = (rowsPerSecond: string) =>
    expectDone(["tune", "--job-id", jobId, "--max-rows-per-second", rowsPerSecond]).then(() => {});
  return {
    fixture,
    jobId,
    folder: folder.path,
    stateKeyspace,
    keys,
    run: (args) => runCli(args, options),
    start: (args) => startCli(args, pace === undefined ? options : { ...options, config: paced }),
    slowDown: (rowsPerSecond) => tune(String(rowsPerSecond)),
    letGo: () => tune("default"),
    cursors: () =>
      state === "file"
        ? fileCursors(join(folder.path, "state.db"))
        : tableCursors(client, stateKeyspace, jobId),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function fileCursors(path: string): Promise<number> {
  using db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const row = db
    .prepare("SELECT count(*) AS n FROM chunks WHERE cursor IS NOT NULL AND state = 'running'")
    .get();
  return Number(row?.["n"]);
}

async function tableCursors(client: Client, keyspace: string, jobId: string): Promise<number> {
  const { rows } = await client.execute(`SELECT job_id, cursor, state FROM ${keyspace}.rekey_leases`);
  return rows.filter(
    (row) =>
      String(row.get("job_id")) === jobId && row.get("cursor") !== null && row.get("state") === "running",
  ).length;
}
