import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkAll, openFernetKey, seal } from "../fixture-table.ts";
import { planRotation, type Rotation, SLOW, type StateKind } from "../rotation.ts";
import { eventually } from "../state-of-job.ts";

describe("sweeps and rollback", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  const rotation = (state: StateKind, rows: number, execution: object, pace?: number): Promise<Rotation> =>
    planRotation(db, {
      state,
      rows,
      table: { chunks: 4 },
      execution: { settle_seconds: 1, ...execution },
      ...(pace && { pace }),
    });

  it.each(["file", "cassandra"] as const)(
    "sweeps until clean in two processes, then takes a half-done job back (%s store)",
    async (state) => {
      await using job = await rotation(state, 300, { ...SLOW, page_size: 3 }, 5);
      const args = ["run", "--until-clean", "--json", "--job-id", job.jobId];
      const forward = await job.start(["run", "--job-id", job.jobId]);
      await eventually("a cursor is stored", job.cursors, (found) => found > 0);
      forward.child.kill("SIGINT");
      expect((await forward.ended).status).toBe(130);

      const planned = await job.run(["rollback", "--json", "--job-id", job.jobId]);
      expect(planned.status).toBe(0);
      expect(planned.json.warnings.join()).toContain(`job ${job.jobId} is paused`);
      const back = ["run", "--until-clean", "--json", "--job-id", planned.json.jobId];
      const taken = await job.run(back);
      expect(taken.status).toBe(0);
      expect(taken.json.sweeps).toEqual({ count: 2, clean: true, findings: [] });
      expect(await checkAll(db.client, job.fixture, { key: job.keys.old, writetimeShift: 2 })).toEqual([]);

      expect((await job.run(["resume", "--job-id", job.jobId])).status).toBe(0);
      const ended = await Promise.all([job.run(args), job.run(args)]);
      for (const { status, json } of ended) {
        expect(json.sweeps).toMatchObject({ clean: true });
        expect(status).toBe(0);
      }
      expect((await job.run(["verify", "--json"])).json).toMatchObject({ clean: true });
    },
  );

  it("says who keeps it from becoming clean, and ends with 1", async () => {
    await using job = await rotation("file", 60, { max_sweeps: 2 });
    const key = openFernetKey(job.keys.old);
    const tokens = await seal(key, ["still old"]);
    const running = await job.start(["run", "--until-clean", "--json", "--job-id", job.jobId]);
    let over = false;
    void running.ended.finally(() => {
      over = true;
    });
    await eventually(
      "the run ends",
      async () => {
        await db.client.execute(
          `UPDATE ${db.keyspace}.${job.fixture.name} SET email = ? WHERE region = ? AND account = ? AND entry = ?`,
          [tokens[0]!.toString("latin1"), ...job.fixture.rows[0]!.key],
          { prepare: true },
        );
        return over;
      },
      (ended) => ended,
    );
    const { status, json } = await running.ended;
    expect(status).toBe(1);
    expect(json.sweeps).toMatchObject({ count: 2, clean: false });
    expect(json.sweeps.findings.join()).toMatch(
      new RegExp(`${job.fixture.name}\\.email: sweep 2 found 1 cell under v1, about .* a minute`),
    );
  });
});
