import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../cli.ts";
import { checkAll, newFernetKey, openFernetKey, seal } from "../fixture-table.ts";
import { planRotation, type Rotation, SLOW } from "../rotation.ts";
import { eventually } from "../state-of-job.ts";

const ROWS = 120;

describe("what a job finds", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  const rotation = (execution: object = {}, rows = ROWS, pace?: number): Promise<Rotation> =>
    planRotation(db, {
      state: "file",
      rows,
      table: { chunks: 4 },
      execution: { settle_seconds: 1, ...execution },
      ...(pace && { pace }),
    });

  /** Overwrites the email of some rows, as an application does. */
  async function overwrite(job: Rotation, count: number, value: () => Promise<string>): Promise<void> {
    for (const { key } of job.fixture.rows.slice(0, count)) {
      await db.client.execute(
        `UPDATE ${db.keyspace}.${job.fixture.name} SET email = ? WHERE region = ? AND account = ? AND entry = ?`,
        [await value(), ...key],
        { prepare: true },
      );
    }
  }

  it("reads, decrypts and encrypts in a dry run, and writes nothing", async () => {
    await using job = await rotation();
    const { status, json } = await job.run(["run", "--dry-run", "--json", "--job-id", job.jobId]);
    expect(status).toBe(0);
    expect(json).toMatchObject({ kind: "dry-run", outcome: "done", quarantined: 0 });
    expect(json.totals.rekeyed).toBe(ROWS);
    expect(json.estimateMs).toBeGreaterThan(0);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.old, writetimeShift: 0 })).toEqual([]);
    // A sample says the same beforehand: the table fits into a page.
    const sampled = await job.run(["doctor", "--sample", "3", "--json"]);
    expect(sampled.json.estimates).toMatchObject([
      { table: job.fixture.name, exact: true, rows: ROWS, sampledRows: ROWS },
    ]);
    const cells = sampled.json.estimates[0].cells as { keyVersion: string; cells: number }[];
    expect(cells.reduce((sum, line) => sum + line.cells, 0)).toBe(job.fixture.cells);
    expect(cells.every((line) => line.keyVersion === "v1")).toBe(true);
    // The planned job is as it was.
    expect((await job.run(["status", "--json", "--job-id", job.jobId])).json).toMatchObject({
      state: "planned",
      tables: [{ chunks: { pending: 4, done: 0 } }],
    });
  });

  it("leaves what no key opens untouched, counts it, and ends with 1", async () => {
    await using job = await rotation();
    const lost = openFernetKey(newFernetKey());
    const tokens = (await seal(lost, ["a", "b", "c"])).map((token) => token.toString("latin1"));
    const written = [...tokens];
    await overwrite(job, 3, async () => written.pop()!);

    const dry = await job.run(["run", "--dry-run", "--json", "--job-id", job.jobId]);
    expect(dry.status).toBe(1);
    expect(dry.json.quarantined).toBe(3);
    const { status, json } = await job.run(["run", "--json", "--job-id", job.jobId]);
    expect(status).toBe(1);
    expect(json).toMatchObject({ outcome: "done", quarantined: 3 });
    const found = await db.client.execute(`SELECT email FROM ${db.keyspace}.${job.fixture.name}`);
    expect(found.rows.filter((row) => tokens.includes(row.get("email"))).length).toBe(3);
    const verified = await job.run(["verify", "--json"]);
    expect(verified.status).toBe(1);
    expect(verified.json).toMatchObject({ clean: false, quarantined: 3 });
    // It did not ask each replica, whatever is asked of it now.
    const other = await job.run(["verify", "--per-replica", "--job-id", verified.json.jobId]);
    expect([other.status, other.stderr]).toEqual([2, expect.stringContaining("each replica alone")]);
  });

  it("rekeys the quarantine once its key is in the keyring, and shows primary keys only when asked", async () => {
    await using job = await rotation();
    const lost = newFernetKey();
    const tokens = (await seal(openFernetKey(lost), ["a", "b", "c"])).map((token) =>
      token.toString("latin1"),
    );
    await overwrite(job, 3, async () => tokens.pop()!);
    expect((await job.run(["run", "--json", "--job-id", job.jobId])).json).toMatchObject({ quarantined: 3 });

    const [region, account, entry] = job.fixture.rows[0]!.key;
    const listed = await job.run(["quarantine", "list", "--json", "--log-level", "debug"]);
    expect(listed.json).toMatchObject({
      jobId: job.jobId,
      count: 3,
      groups: [{ table: job.fixture.name, column: "email", cells: 3 }],
    });
    const withKeys = await job.run(["quarantine", "list", "--keys", "--json"]);
    expect(withKeys.json.cells.map((cell: { key: object }) => cell.key)).toContainEqual({
      region,
      account: String(account),
      entry: String(entry),
    });
    expect(listed.stdout + listed.stderr).not.toContain(String(account));
    // The key is not there yet: everything stays.
    expect((await job.run(["quarantine", "retry", "--json"])).status).toBe(1);

    const config = JSON.parse(await readFile(join(job.folder, "config.yaml"), "utf8"));
    const { provider: _, ...rest } = config;
    const fernet = (version: string, env: string) => ({ provider: "fernet", version, key: { env } });
    const previous = [fernet("v1", "REKEY_OLD_KEY"), fernet("v0", "REKEY_LOST_KEY")];
    const keys = { target: fernet("v2", "REKEY_NEW_KEY"), previous };
    const retried = await runCli(["quarantine", "retry", "--json"], {
      cwd: job.folder,
      config: { ...rest, keys },
      env: { REKEY_OLD_KEY: job.keys.old, REKEY_NEW_KEY: job.keys.new, REKEY_LOST_KEY: lost },
    });
    expect(retried).toMatchObject({ status: 0, json: { tried: 3, rekeyed: 3, gone: 0, left: 0 } });
    const config2 = {
      cwd: job.folder,
      config,
      env: { REKEY_OLD_KEY: job.keys.old, REKEY_NEW_KEY: job.keys.new },
    };
    expect((await runCli(["quarantine", "list", "--json"], config2)).json.count).toBe(0);
    expect((await runCli(["verify", "--json"], config2)).json).toMatchObject({ clean: true, quarantined: 0 });
  });

  it("stops when not one of the first thousand cells opens, and writes nothing", async () => {
    await using job = await rotation({}, 1_200);
    const { status, json } = await job.run(["run", "--json", "--job-id", job.jobId]);
    expect(status).toBe(0);
    expect(json.quarantined).toBe(0);
    await using wrong = await rotation({}, 1_200);
    const keys = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: wrong.keys.new };
    const options = { cwd: wrong.folder, env: keys };
    // The keys of this shell are not those that the job was planned with.
    const refused = await runCli(["run", "--json", "--job-id", wrong.jobId], options);
    expect(refused).toMatchObject({ status: 2, json: { error: { code: "KEY.MISMATCH" } } });
    const { jobId } = (await runCli(["plan", "--json"], options)).json;
    const stopped = await runCli(["run", "--json", "--job-id", jobId], options);
    expect(stopped.status).toBe(1);
    expect(stopped.json.error).toMatchObject({ code: "JOB.WRONG_KEY" });
    expect(stopped.stdout + stopped.stderr).not.toContain(keys.REKEY_OLD_KEY);
    expect(await checkAll(db.client, wrong.fixture, { key: wrong.keys.old, writetimeShift: 0 })).toEqual([]);

    // The right key is another one than the job knows as v1, so it goes by a version of its own.
    const { provider: _, ...rest } = JSON.parse(await readFile(join(wrong.folder, "config.yaml"), "utf8"));
    const fernet = (version: string, env: string) => ({ provider: "fernet", version, key: { env } });
    const corrected = { target: fernet("v2", "REKEY_NEW_KEY"), previous: [fernet("v1-right", "RIGHT")] };
    const right = {
      cwd: wrong.folder,
      config: { ...rest, keys: corrected },
      env: { ...keys, RIGHT: wrong.keys.old },
    };
    // What the wrong key did not open is in the quarantine.
    const goneOn = await runCli(["run", "--json", "--job-id", jobId], right);
    expect(goneOn.json).toMatchObject({ outcome: "done" });
    const retried = await runCli(["quarantine", "retry", "--json", "--job-id", jobId], right);
    expect(retried).toMatchObject({ status: 0, json: { left: 0 } });
    expect(await checkAll(db.client, wrong.fixture, { key: wrong.keys.new })).toEqual([]);
  });

  it("stops when more than max_quarantined rows do not open", async () => {
    await using job = await rotation({ max_quarantined: 5 });
    const lost = openFernetKey(newFernetKey());
    await overwrite(job, 30, async () => (await seal(lost, ["lost"]))[0]!.toString("latin1"));
    const { status, json } = await job.run(["run", "--json", "--job-id", job.jobId]);
    expect(status).toBe(1);
    expect(json.error.code).toBe("JOB.WRONG_KEY");
    expect(json.error.message).toContain("max_quarantined (5)");
  });

  it("takes rows that the application wrote with the new key already as done", async () => {
    await using job = await rotation();
    const target = openFernetKey(job.keys.new);
    await overwrite(job, 40, async () => (await seal(target, ["fresh"]))[0]!.toString("latin1"));
    const { status, json } = await job.run(["run", "--json", "--job-id", job.jobId]);
    expect(status).toBe(0);
    expect(json.quarantined).toBe(0);
    expect((await job.run(["verify", "--json"])).json).toMatchObject({ clean: true });
  });

  it("says which column an application still writes with the old key, and since when", async () => {
    await using job = await rotation();
    expect((await job.run(["run", "--job-id", job.jobId])).status).toBe(0);
    const previous = openFernetKey(job.keys.old);
    await overwrite(job, 7, async () => (await seal(previous, ["stale"]))[0]!.toString("latin1"));
    const { status, json } = await job.run(["verify", "--json"]);
    expect(status).toBe(1);
    expect(json.clean).toBe(false);
    const line = json.census.find((entry: { keyVersion: string }) => entry.keyVersion === "v1");
    expect(line).toMatchObject({ keyspace: db.keyspace, table: job.fixture.name, column: "email", cells: 7 });
    expect(Math.abs(line.newestWritetime / 1000 - Date.now())).toBeLessThan(60_000);
    expect(json.findings.join()).toMatch(
      /email: 7 cells v1: some application still writes with the old key: newest \d+ s ago/,
    );
  });

  it("returns chunks that somebody abandoned", async () => {
    await using job = await rotation({ ...SLOW, workers: 1, page_size: 2 }, 100, 2);
    const running = await job.start(["run"]);
    await eventually("a chunk has a stored cursor", job.cursors, (count) => count > 0);
    running.child.kill("SIGKILL");
    await running.ended;
    const { status, json } = await job.run([
      "janitor",
      "--stuck-after-seconds",
      "0",
      "--json",
      "--job-id",
      job.jobId,
    ]);
    expect(status).toBe(0);
    expect(json).toEqual({ jobId: job.jobId, reclaimed: 1 });
    // No lease is left to wait for.
    expect((await job.run(["run", "--job-id", job.jobId])).status).toBe(0);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
  });
});
