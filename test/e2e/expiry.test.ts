import { type CellSink, RekeyError, TOKENS } from "@cassandra-rekey/core";
import type { Override } from "@cassandra-rekey/engine";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import cassandra from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newFernetKey, open, openFernetKey, seal } from "../fixture-table.ts";
import { openTestEngine } from "../open-test-engine.ts";
import { eventually } from "../state-of-job.ts";
import { TurnWatch } from "../turn-watch.ts";

const CELLS = 60;
/** The cells expire one after the other until then, seconds: a whole minute at night. */
const HORIZON = process.env.REKEY_TEST_TIMES === undefined ? 11 : 60;
const SOONEST = 5;
/** Seconds after which a cell that is still there will never expire. */
const GIVEN_UP_AFTER = 5;
const BASE = BigInt(Date.now() - 3_600_000) * 1000n;

/** What one read showed of the cells, in one second of the server. */
interface Look {
  readonly second: number;
  /** Ciphertext and second of expiry by row. */
  readonly cells: ReadonlyMap<number, { readonly secret: string; readonly expiresAt: number }>;
}

describe("cells that expire within the next minute", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  const keys = { target: newFernetKey(), previous: newFernetKey() };

  beforeAll(async () => {
    // A time to live that is left out, or computed to 0, would be the table's.
    await db.client.execute(
      `CREATE TABLE ${db.keyspace}.brief (id int PRIMARY KEY, secret text) WITH default_time_to_live = 86400`,
    );
    await db.client.execute(`CREATE TABLE ${db.keyspace}.clock (id int PRIMARY KEY)`);
    await db.client.execute(`INSERT INTO ${db.keyspace}.clock (id) VALUES (1)`);
  });

  /** The server's clock, milliseconds. */
  const serverMs = async () =>
    Number(
      (await db.client.execute(`SELECT toUnixTimestamp(now()) AS now FROM ${db.keyspace}.clock`))
        .first()
        .get("now"),
    );

  /** Reads every cell; only what was read within one second of the server counts, because it tells the second. */
  async function look(): Promise<Look> {
    for (;;) {
      const before = Math.floor((await serverMs()) / 1000);
      const { rows } = await db.client.execute(
        `SELECT id, secret, TTL(secret) AS ttl FROM ${db.keyspace}.brief`,
      );
      const after = Math.floor((await serverMs()) / 1000);
      if (before !== after) continue;
      const cells = rows.map((row): [number, { secret: string; expiresAt: number }] => [
        row.get("id"),
        { secret: row.get("secret"), expiresAt: before + row.get("ttl") },
      ]);
      return { second: before, cells: new Map(cells) };
    }
  }

  const watch = new TurnWatch();

  /** Every request fails once, a second or more late: the odd ones after they took effect. */
  const faltering: Override = (container) => {
    const watched = watch.before(container.resolve<CellSink>(TOKENS.cellSink as symbol));
    let requests = 0;
    const tried = new Set<string>();
    const send: CellSink["send"] = async (table, mutations, consistency, signal) => {
      const name = mutations.map(({ token }) => token).join();
      if (tried.has(name)) return watched.send(table, mutations, consistency, signal);
      tried.add(name);
      requests += 1;
      if (requests % 2 === 1) await watched.send(table, mutations, consistency, signal);
      const second = Math.floor((await serverMs()) / 1000);
      await eventually("a second has passed", serverMs, (ms) => Math.floor(ms / 1000) > second);
      throw new RekeyError("CLUSTER.TIMEOUT", "made up");
    };
    container.register(TOKENS.cellSink as symbol, { useValue: { ...watched, send } });
  };

  it("expire in the second in which they would have, and none becomes immortal, also where a retry wrote them", async () => {
    const old = openFernetKey(keys.previous);
    const target = openFernetKey(keys.target);
    await using engine = await openTestEngine({
      ...db,
      keys,
      yaml: `
tables: [{ name: brief, encrypted_columns: [secret], chunks: 2 }]
execution: { settle_seconds: 1, workers: 2 }`,
      override: faltering,
    });
    await engine.init();
    // Before the cells are there: they do not wait for it.
    const { jobId } = await engine.plan();
    await Promise.all(
      Array.from({ length: CELLS }, async (_, id) => {
        const [token] = await seal(old, [`secret ${id}`]);
        await db.client.execute(
          `UPDATE ${db.keyspace}.brief USING TIMESTAMP ? AND TTL ? SET secret = ? WHERE id = ?`,
          [
            cassandra.types.Long.fromString(String(BASE)),
            SOONEST + Math.floor((id * (HORIZON - SOONEST)) / CELLS),
            token!.toString("latin1"),
            id,
          ],
          { prepare: true },
        );
      }),
    );
    const { cells: seeded } = await look();
    expect(seeded.size).toBe(CELLS);
    const run = engine.run({ jobId });
    run.catch(() => {});
    const looks: Look[] = [];
    const rekeyed = new Set<number>();
    const last = Math.max(...seeded.values().map(({ expiresAt }) => expiresAt));
    const areGone = async () => {
      const { second, cells } = await look();
      looks.push({ second, cells });
      for (const [id, { secret }] of cells)
        if ((await open(target, Buffer.from(secret))) === `secret ${id}`) rekeyed.add(id);
      return cells.size === 0 || second > last + GIVEN_UP_AFTER;
    };
    await expect.poll(areGone, { timeout: 110_000, interval: 100 }).toBe(true);
    expect(await run).toMatchObject({ outcome: "done" });
    // Each look, while the job was at work and after it, agrees with the seconds of expiry from before it.
    for (const { second, cells } of looks) {
      for (const [id, { expiresAt }] of seeded) {
        const found = cells.get(id)?.expiresAt;
        if (found === undefined) expect(second, `cell ${id} is gone`).toBeGreaterThanOrEqual(expiresAt);
        else {
          expect(found, `cell ${id}`).toBeGreaterThanOrEqual(expiresAt);
          expect(found, `cell ${id}`).toBeLessThanOrEqual(expiresAt + watch.lateBy(id));
        }
      }
    }
    expect(looks.at(-1)!.cells.size).toBe(0);
    expect(rekeyed.size).toBeGreaterThan(CELLS / 4);
    expect([...rekeyed].filter((id) => watch.lateBy(id) === 0).length).toBeGreaterThan(0);
  });
});
