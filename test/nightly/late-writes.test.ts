import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import cassandra from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli, startCli } from "../cli.ts";
import { clusterConfig, newFernetKey, open, openFernetKey, seal } from "../fixture-table.ts";
import { HeldProxy } from "../held-proxy.ts";
import { eventually } from "../state-of-job.ts";

const ROWS = 2_000;
/** Rows that stay; those of the deleted table after them are deleted, or expire. */
const STAY = 50;
const EXPIRE = 200;
/** Deleted like the others: each can be asked once whether its tombstone is gone. */
const PROBES = 200;
/** Several pages' requests, by far fewer than the tables take. */
const BYTES_INTO_THE_WORK = 60_000;
/** Few, so that most of each page still waits in the worker when nothing is answered any more. */
const IN_FLIGHT = 4;
const LIVES_SECONDS = 8;
const BASE = BigInt(Date.now() - 3_600_000) * 1000n;

describe("a worker that is stopped in the middle of its pages", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };
  const old = openFernetKey(env.REKEY_OLD_KEY);

  beforeAll(async () => {
    // Flushed and compacted all the time, so that tombstones are gone as soon as they may be.
    for (const name of ["deleted", "truncated"])
      await db.client.execute(
        `CREATE TABLE ${db.keyspace}.${name} (id int PRIMARY KEY, secret text) WITH gc_grace_seconds = 1
          AND memtable_flush_period_in_ms = 300
          AND compaction = {'class': 'SizeTieredCompactionStrategy', 'min_threshold': 2}`,
      );
  });

  const each = async (ids: readonly number[], run: (id: number) => Promise<unknown>) => {
    const queue = [...ids];
    const work = async () => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) await run(id);
    };
    await Promise.all(Array.from({ length: 64 }, work));
  };
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
  const write = (table: string, ids: readonly number[], timestamp: bigint, ttl = 0) =>
    each(ids, async (id) => {
      const [token] = await seal(old, [`secret ${id}`]);
      await db.client.execute(
        `UPDATE ${db.keyspace}.${table} USING TIMESTAMP ? AND TTL ? SET secret = ? WHERE id = ?`,
        [cassandra.types.Long.fromString(String(timestamp)), ttl, token!.toString("latin1"), id],
        { prepare: true },
      );
    });
  const rows = async (table: string, where = "") =>
    (
      await db.client.execute(`SELECT id, secret FROM ${db.keyspace}.${table} ${where}`, [], {
        fetchSize: 5000,
      })
    ).rows;

  it("brings back nothing that was deleted and purged, truncated or has expired when it goes on", async () => {
    await write("truncated", range(0, ROWS), BASE);
    await write("deleted", range(0, ROWS - EXPIRE), BASE);
    await write("deleted", range(ROWS, ROWS + PROBES), BASE);
    await write("deleted", range(ROWS - EXPIRE, ROWS), BASE, LIVES_SECONDS);

    await using proxy = await HeldProxy.before(db.cluster.contactPoints[0]!, db.cluster.port);
    await using folder = await cliFolder();
    const table = { encrypted_columns: ["secret"], chunks: 1, accept: ["table.gc-grace"] };
    const config = {
      cluster: { ...clusterConfig(db), contact_points: ["127.0.0.1"], port: proxy.port },
      provider: { type: "fernet", old_key_env: "REKEY_OLD_KEY", new_key_env: "REKEY_NEW_KEY" },
      tables: ["deleted", "truncated"].map((name) => ({ name, ...table })),
      state: { type: "file", path: "state.db" },
      execution: { workers: 2, max_in_flight: IN_FLIGHT, settle_seconds: 1, page_size: 5000 },
    };
    const options = { cwd: folder.path, env, config };
    await runCli(["init-state"], options);
    const { jobId } = (await runCli(["plan", "--json"], options)).json;
    proxy.holdAfter(BYTES_INTO_THE_WORK);
    const worker = await startCli(["run", "--json", "--job-id", jobId], options);
    await eventually("its work is held", () => proxy.isHolding, Boolean);
    // With nothing answered it has sent all that it may at once, and waits.
    let before = -1;
    const isQuiet = () => {
      const { asked } = proxy;
      const same = asked === before;
      before = asked;
      return same;
    };
    await eventually("it sends nothing more", isQuiet, Boolean);
    worker.child.kill("SIGSTOP");

    await each([...range(STAY, ROWS - EXPIRE), ...range(ROWS, ROWS + PROBES)], (id) =>
      db.client.execute(`DELETE FROM ${db.keyspace}.deleted WHERE id = ${id}`),
    );
    await db.client.execute(`TRUNCATE ${db.keyspace}.truncated`);
    const probes = range(ROWS, ROWS + PROBES);
    await eventually(
      "tombstones are purged: what is written with an old timestamp comes back",
      async () => {
        const probe = probes.pop()!;
        await write("deleted", [probe], BASE + 1n);
        return rows("deleted", `WHERE id = ${probe}`);
      },
      (found) => found.length > 0,
    );
    await eventually(
      "the rest has expired",
      () => rows("deleted"),
      (found) => found.every((row) => row.get("id") < STAY || row.get("id") >= ROWS),
    );

    worker.child.kill("SIGCONT");
    proxy.letGo();
    expect(await worker.ended).toMatchObject({ status: 0, json: { outcome: "done" } });
    const left = (await rows("deleted")).filter((row) => row.get("id") < ROWS);
    expect(left.map((row) => row.get("id") as number).sort((a, b) => a - b)).toEqual(range(0, STAY));
    const target = openFernetKey(env.REKEY_NEW_KEY);
    for (const row of left)
      expect(await open(target, Buffer.from(row.get("secret") as string))).toBe(`secret ${row.get("id")}`);
    expect(await rows("truncated")).toEqual([]);
  });
});
