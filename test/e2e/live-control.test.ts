import { join } from "node:path";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkAll } from "../fixture-table.ts";
import { planRotation, SLOW, type StateKind } from "../rotation.ts";
import { eventually, type JobStatus } from "../state-of-job.ts";

const ROWS = 1_000;
const STORES: readonly StateKind[] = ["file", "cassandra"];

describe("a job at work, with its state in Cassandra", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  it("is shared by two processes and tuned from a third, and its audit log tells who did it, entry by entry", async () => {
    await using job = await planRotation(db, {
      state: "cassandra",
      rows: ROWS,
      table: { chunks: 64 },
      execution: { ...SLOW, page_size: 10 },
      more: {
        hooks: [
          { type: "audit-log", critical: true },
          { type: "prometheus", port: 0 },
        ],
      },
    });
    const status = async () => (await job.run(["status", "--json", "--job-id", job.jobId])).json as JobStatus;
    const running = async () => (await status()).tables[0]!.chunks.running;
    // Processes that join later go by it as well, so neither has done all before the other has started.
    await job.slowDown(20);
    const processes = await Promise.all([job.start(["run", "--json"]), job.start(["run", "--json"])]);
    await eventually("both processes have their workers at work", running, (chunks) => chunks === 4);

    const asked = await job.run([
      "tune",
      "--json",
      "--workers",
      "5",
      "--max-in-flight",
      "3",
      "--by",
      "ann@desk",
    ]);
    expect(asked.json).toMatchObject({
      jobId: job.jobId,
      revision: 2,
      settings: { workers: 5, maxInFlight: 3 },
    });
    await eventually("every process has five workers at work", running, (chunks) => chunks === 10);

    expect((await job.run(["tune", "--workers", "default", "--max-rows-per-second", "default"])).status).toBe(
      0,
    );
    const ends = await Promise.all(processes.map((process) => process.ended));
    expect(ends.map((end) => [end.status, end.stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    // Both have had chunks, and no row was worked on twice.
    const scanned = ends.map(({ json }): number => json.scanned);
    expect(Math.min(...scanned)).toBeGreaterThan(0);
    expect(scanned[0]! + scanned[1]!).toBe(ROWS);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);

    const log = join(job.folder, "cassandra-rekey.audit.jsonl");
    const audit = await job.run(["audit", "verify", log, "--json"]);
    expect(audit.json).toMatchObject({ whole: true, problems: [], notes: [] });
    const shown = await job.run(["tune", "--json", "--job-id", job.jobId]);
    expect(shown.json.history.map((record: { revision: number }) => record.revision)).toEqual([3, 2, 1]);
    expect(shown.json.history[1]).toMatchObject({ by: "ann@desk", change: { workers: 5, maxInFlight: 3 } });
  });
});

describe.each(STORES)("a job at work, with its state in a %s store", (state) => {
  const db = useKeyspace({ beforeAll, afterAll });

  it("is paused and resumed from another process", async () => {
    await using job = await planRotation(db, {
      state,
      rows: ROWS,
      table: { chunks: 8 },
      execution: { ...SLOW, page_size: 4 },
    });
    const status = async () => (await job.run(["status", "--json", "--job-id", job.jobId])).json as JobStatus;
    await job.slowDown(20);
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

    await job.letGo();
    expect((await job.run(["resume", "--json"])).json).toMatchObject({ state: "running" });
    const { status: exit, json } = await running.ended;
    expect(exit).toBe(0);
    expect(json.scanned).toBe(ROWS);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
  });
});
