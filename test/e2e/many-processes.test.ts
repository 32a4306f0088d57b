import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkAll } from "../fixture-table.ts";
import { planRotation, SLOW, type StateKind } from "../rotation.ts";
import { eventually, type JobStatus } from "../state-of-job.ts";

const ROWS = 2_000;
const STORES: readonly StateKind[] = ["file", "cassandra"];

describe.each(STORES)("several processes on one job, with its state in a %s store", (state) => {
  const db = useKeyspace({ beforeAll, afterAll });

  it("share the work, and no row is worked on twice", async () => {
    await using job = await planRotation(db, {
      state,
      rows: ROWS,
      table: { chunks: 24 },
      execution: { ...SLOW, page_size: 50 },
      // So long that neither has done all before the other has started.
      pace: ROWS / 6,
    });
    const processes = await Promise.all([job.start(["run", "--json"]), job.start(["run", "--json"])]);
    const [a, b] = await Promise.all(processes.map((process) => process.ended));
    expect([a!.status, b!.status]).toEqual([0, 0]);
    expect(a!.json.scanned).toBeGreaterThan(0);
    expect(b!.json.scanned).toBeGreaterThan(0);
    expect(a!.json.scanned + b!.json.scanned).toBe(ROWS);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
  });

  it("are paused and resumed from another process", async () => {
    await using job = await planRotation(db, {
      state,
      rows: ROWS,
      table: { chunks: 8 },
      execution: { ...SLOW, page_size: 4 },
    });
    const status = async () => (await job.run(["status", "--json", "--job-id", job.jobId])).json as JobStatus;
    // Caught in the middle on any machine: at this pace it would last forty seconds.
    await job.run(["tune", "--max-rows-per-second", String(ROWS / 40)]);
    const running = await job.start(["run", "--json"]);
    await eventually("a chunk has a stored cursor", job.cursors, (count) => count > 0);

    const paused = await job.run(["pause", "--json"]);
    expect(paused.json).toMatchObject({ jobId: job.jobId, state: "paused" });
    const held = await eventually(
      "every chunk is given back",
      status,
      (now) => now.tables[0]!.chunks.running === 0,
    );
    expect(held.state).toBe("paused");
    expect(held.tables[0]!.rows.scanned).toBeLessThan(ROWS);
    const told = await eventually("the worker says that it is paused", status, (now) =>
      now.workers.some((worker) => worker.waiting === "paused"),
    );
    expect(told.tables[0]!.rows.scanned).toBe(held.tables[0]!.rows.scanned);
    expect(running.child.exitCode).toBeNull();

    await job.run(["tune", "--max-rows-per-second", "default"]);
    expect((await job.run(["resume", "--json"])).json).toMatchObject({ state: "running" });
    const { status: exit, json } = await running.ended;
    expect(exit).toBe(0);
    expect(json.scanned).toBe(ROWS);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
  });
});
