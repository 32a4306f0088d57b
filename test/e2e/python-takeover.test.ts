import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { freshKeyspace, type TestKeyspace, useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import cassandra, { type Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli } from "../cli.ts";
import { newFernetKey, open, openFernetKey, seal } from "../fixture-table.ts";
import { findPython, type PythonTool, pythonTool, startPythonTool } from "../python-tool.ts";
import { eventually } from "../state-of-job.ts";

const ROWS = 3_000;
const CHUNKS = 24;
const python = await findPython();
// In CI a missing Python is a failure, which the set-up below makes of it.
const skipped = python === undefined && !process.env.CI;

describe.skipIf(skipped)(
  `a job of the Python tool${skipped ? " (no Python of at least 3.12 here)" : ""}`,
  () => {
    let tool: PythonTool;
    const db = useKeyspace({ beforeAll, afterAll });
    beforeAll(async () => {
      tool = await pythonTool();
    }, 12 * 60_000);

    it("that was killed in the middle is finished with the same config.yaml", async () => {
      await using world = await seededWorld(db, tool);
      const jobId = await world.plan();
      const run = startPythonTool(tool, ["run", "--job-id", jobId, "--workers", "4"], world);
      const said = Promise.all([text(run.stdout!), text(run.stderr!)]);
      const ended = once(run, "close");
      // It works on as many chunks at once as it has workers. Stopped while one looks, it cannot be further than it looks.
      const stopped = async () => {
        run.kill("SIGSTOP");
        const { DONE, RUNNING } = await world.ledger();
        const isCaught = DONE >= 4 && RUNNING >= 3;
        if (!isCaught) run.kill("SIGCONT");
        return isCaught;
      };
      await Promise.race([
        eventually("its second batch has begun", stopped, Boolean),
        ended.then(async () => Promise.reject(new Error(`it ended by itself: ${(await said).join("\n")}`))),
      ]);
      run.kill("SIGKILL");
      await ended;
      const left = await world.ledger();
      for (const status of ["PENDING", "RUNNING", "DONE"] as const)
        expect(left[status], `${status} chunks are left`).toBeGreaterThan(0);

      expect((await world.cli("init-state", "--json")).status).toBe(0);
      expect((await world.cli("init-state", "--json")).json).toMatchObject({ changes: [] });
      const before = (await world.cli("status", "--json", "--job-id", jobId)).json;
      expect(before).toMatchObject({
        jobId,
        state: "running",
        tables: [
          {
            name: "vault",
            chunks: { pending: left.PENDING, running: left.RUNNING, done: left.DONE, failed: 0 },
            rows: { rekeyed: left.rows },
          },
        ],
      });

      const finished = await world.cli("run", "--json", "--job-id", jobId);
      expect([finished.status, finished.stderr]).toEqual([0, expect.not.stringContaining("Error")]);
      await world.expectRekeyed();
      const after = (await world.cli("status", "--json", "--job-id", jobId)).json;
      expect(after).toMatchObject({
        state: "done",
        tables: [{ chunks: { pending: 0, running: 0, done: CHUNKS, failed: 0 }, rows: { quarantined: 0 } }],
      });
      const { scanned, rekeyed, skipped: alreadyThere } = after.tables[0].rows;
      expect(scanned).toBe(ROWS);
      // Rows of chunks that it left running were under the new key already, or are counted as ours.
      expect(rekeyed + alreadyThere).toBe(ROWS);
      expect(rekeyed).toBeGreaterThan(left.rows);

      expect(await world.ledger()).toEqual({
        PENDING: 0,
        RUNNING: 0,
        DONE: CHUNKS,
        FAILED: 0,
        rows: rekeyed,
      });
      // And the Python tool itself finds nothing to do.
      expect(await world.python("status", "--job-id", jobId)).toMatch(/vault\W+0\W+0\W+24\W+0/);
      expect(await world.python("run", "--job-id", jobId)).toContain("nothing to do");
      await world.expectRekeyed();
      expect(await world.cli("verify", "--json")).toMatchObject({ status: 0, json: { clean: true } });
    });

    it("that it only planned, and paused, is resumed and run", async () => {
      await using world = await seededWorld(db, tool);
      const jobId = await world.plan();
      await world.python("pause", "--job-id", jobId);
      await world.cli("init-state");
      expect((await world.cli("jobs", "--json")).json).toMatchObject({ jobs: [{ jobId, state: "paused" }] });
      expect(await world.cli("resume", "--json")).toMatchObject({ status: 0, json: { state: "running" } });
      expect((await world.cli("run", "--json")).status).toBe(0);
      await world.expectRekeyed();
      expect((await world.cli("status", "--json", "--job-id", jobId)).json).toMatchObject({
        state: "done",
        tables: [
          {
            chunks: { pending: 0, running: 0, done: CHUNKS, failed: 0 },
            rows: { scanned: ROWS, rekeyed: ROWS, skipped: 0, raced: null, quarantined: 0 },
          },
        ],
      });
      expect(await world.ledger()).toMatchObject({ DONE: CHUNKS, rows: ROWS });
    });
  },
);

/** A table of Fernet cells, a state keyspace that the Python tool set up, and one config.yaml for both tools. */
async function seededWorld({ cluster, client, keyspace: prefix }: TestKeyspace, tool: PythonTool) {
  const { contactPoints, port, localDc } = cluster;
  const keyspace = await freshKeyspace(client, `${prefix}_${randomBytes(2).toString("hex")}`);
  // Made before: the Python tool would ask for three replicas.
  const stateKeyspace = await freshKeyspace(client, `${keyspace}_st`);
  const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };
  await seedVault(client, keyspace, env.REKEY_OLD_KEY);
  const folder = await cliFolder();
  const config = `cluster:
  contact_points: [${contactPoints.join(", ")}]
  port: ${port}
  local_dc: ${localDc}
  keyspace: ${keyspace}
state:
  keyspace: ${stateKeyspace}
provider:
  type: fernet
  old_key_env: REKEY_OLD_KEY
  new_key_env: REKEY_NEW_KEY
tables:
  - name: vault
    partition_key: [account, region]
    clustering_key: [entry]
    encrypted_columns: [secret, note]
    chunks: ${CHUNKS}
execution:
  workers: 4
  stuck_chunk_seconds: 1
`;
  const cli = (...args: string[]) => runCli(args, { cwd: folder.path, env, config });
  const python = async (...args: string[]) => {
    const child = startPythonTool(tool, args, { cwd: folder.path, env });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, "close"),
    ]);
    if (status !== 0)
      throw new Error(`${args[0]} of the Python tool ended with ${status}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    cwd: folder.path,
    env,
    cli,
    python,
    /** Sets up the state and plans a job, all with the Python tool. */
    async plan(): Promise<string> {
      await cli("config", "check");
      await python("init-state");
      const id = /job_id = ([0-9a-f-]{36})/.exec(await python("plan"))?.[1];
      if (id === undefined) throw new Error("the Python tool printed no job id");
      return id;
    },
    /** Chunks by status, and the rows that the Python tool's column counts. */
    async ledger() {
      const { rows } = await client.execute(
        `SELECT status, rows_processed FROM ${stateKeyspace}.rekey_chunks`,
      );
      const count = (status: string) => rows.filter((row) => row.get("status") === status).length;
      return {
        PENDING: count("PENDING"),
        RUNNING: count("RUNNING"),
        DONE: count("DONE"),
        FAILED: count("FAILED"),
        rows: rows.reduce((sum, row) => sum + row.get("rows_processed"), 0),
      };
    },
    /** Every row is there, under the new key, with its plaintexts and its label. */
    async expectRekeyed(): Promise<void> {
      const key = openFernetKey(env.REKEY_NEW_KEY);
      const wrong: string[] = [];
      let found = 0;
      const rows = await client.execute(`SELECT * FROM ${keyspace}.vault`, [], { fetchSize: 500 });
      for await (const row of rows) {
        found += 1;
        const entry = row.get("entry") as number;
        const opened = async (column: string) => {
          const token = row.get(column) as Buffer | null;
          return token === null ? null : open(key, token);
        };
        const seen = [await opened("secret"), await opened("note"), row.get("key_version")];
        const expected = [secretOf(entry), noteOf(entry), "v2"];
        if (JSON.stringify(seen) !== JSON.stringify(expected)) wrong.push(`${entry}: ${seen}`);
      }
      expect([found, wrong]).toEqual([ROWS, []]);
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const secretOf = (entry: number) => `secret ${entry}`;
const noteOf = (entry: number) => (entry % 5 === 0 ? null : `note ${entry}`);

/** Blobs, and a label: the Python tool knows no other tables. Written an hour ago. */
async function seedVault(client: Client, keyspace: string, key: string): Promise<void> {
  await client.execute(
    `CREATE TABLE ${keyspace}.vault (account uuid, region text, entry int, secret blob, note blob, key_version text,
      PRIMARY KEY ((account, region), entry))`,
  );
  const entries = Array.from({ length: ROWS }, (_, entry) => entry);
  const fernet = openFernetKey(key);
  const secrets = await seal(fernet, entries.map(secretOf));
  const notes = await seal(
    fernet,
    entries.map((entry) => noteOf(entry) ?? ""),
  );
  const writetime = cassandra.types.Long.fromString(String(BigInt(Date.now() - 3_600_000) * 1000n));
  const write = async () => {
    for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
      await client.execute(
        `INSERT INTO ${keyspace}.vault (account, region, entry, secret, note, key_version) VALUES (?, ?, ?, ?, ?, 'v1') USING TIMESTAMP ?`,
        [
          cassandra.types.Uuid.random(),
          entry % 2 === 0 ? "emea" : "apac",
          entry,
          secrets[entry],
          noteOf(entry) === null ? cassandra.types.unset : notes[entry],
          writetime,
        ],
        { prepare: true },
      );
    }
  };
  await Promise.all(Array.from({ length: 32 }, write));
}
