import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../cli.ts";
import { checkAll, clusterConfig } from "../fixture-table.ts";
import { planRotation, type RotationOptions, SLOW } from "../rotation.ts";
import { eventually } from "../state-of-job.ts";

const ROWS = 60;

describe("a table that changes under its job", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  const rotation = (options: Partial<RotationOptions> = {}) =>
    planRotation(db, { state: "file", rows: ROWS, table: { chunks: 4 }, ...options });

  it("stops the run with exit 3 when a touched column is gone", async () => {
    await using job = await rotation();
    await db.client.execute(`ALTER TABLE ${db.keyspace}.${job.fixture.name} DROP document`);
    const { status, json } = await job.run(["run", "--json"]);
    expect(status).toBe(3);
    expect(json.error).toMatchObject({ code: "SCHEMA.DRIFT" });
    expect(json.error.message).toContain(`${db.keyspace}.${job.fixture.name}`);
    expect(json.error.hint).toContain("plan");
  });

  it("stops the run with exit 3 when the table was dropped and created again", async () => {
    await using job = await rotation();
    const table = `${db.keyspace}.${job.fixture.name}`;
    await db.client.execute(`DROP TABLE ${table}`);
    await db.client.execute(
      `CREATE TABLE ${table} (region text, account uuid, entry int, email text, document blob, nickname text,
        PRIMARY KEY ((region, account), entry))`,
    );
    const { status, json } = await job.run(["run", "--json"]);
    expect(status).toBe(3);
    expect(json.error.message).toContain("dropped and created again");
  });

  it("goes on when a column that the job does not touch is added", async () => {
    await using job = await rotation();
    await db.client.execute(`ALTER TABLE ${db.keyspace}.${job.fixture.name} ADD unrelated text`);
    expect((await job.run(["run"])).status).toBe(0);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
  });

  it("goes on when an unrelated column is added while the run is at work", async () => {
    await using job = await rotation({ execution: { ...SLOW, page_size: 4 } });
    await job.slowDown(1);
    const running = await job.start(["run", "--json"]);
    await eventually("a chunk has a stored cursor", job.cursors, (count) => count > 0);
    await db.client.execute(`ALTER TABLE ${db.keyspace}.${job.fixture.name} ADD unrelated text`);
    expect(running.child.exitCode).toBeNull();
    await job.letGo();
    expect((await running.ended).status).toBe(0);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
  });

  it("refuses a job whose configured columns are others than the planned ones", async () => {
    await using job = await rotation();
    const config = {
      cluster: clusterConfig(db),
      state: { type: "file", path: `${job.folder}/state.db` },
      provider: { old_key_env: "REKEY_OLD_KEY", new_key_env: "REKEY_NEW_KEY" },
      tables: [{ name: job.fixture.name, encrypted_columns: ["email"] }],
    };
    const { status, json } = await runCli(["run", "--json", "--job-id", job.jobId], {
      config,
      env: { REKEY_OLD_KEY: job.keys.old, REKEY_NEW_KEY: job.keys.new },
    });
    expect(status).toBe(2);
    expect(json.error).toMatchObject({ code: "CONFIG.TABLE_MISMATCH" });
  });
});
