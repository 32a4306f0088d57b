import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningCli } from "../cli.ts";
import { checkAll } from "../fixture-table.ts";
import { HeldProxy } from "../held-proxy.ts";
import { planRotation, type Rotation, SLOW, type StateKind } from "../rotation.ts";
import { eventually, statusOf } from "../state-of-job.ts";

const ROWS = 600;
/** Rows a second: it would take twenty seconds. */
const PACE = 30;
const STORES: readonly StateKind[] = ["file", "cassandra"];

describe("a run that ends in the middle", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  const rotation = (state: StateKind, cluster = db.cluster): Promise<Rotation> =>
    planRotation(
      { ...db, cluster },
      { state, rows: ROWS, table: { chunks: 4 }, execution: SLOW, pace: PACE },
    );

  /** The first run of a job, in the middle. */
  async function caught(job: Rotation): Promise<RunningCli> {
    const run = await job.start(["run"]);
    await eventually("a chunk has a stored cursor", job.cursors, (count) => count > 0);
    return run;
  }

  // Most of the time they wait for leases to run out: beside each other.
  describe("goes on from its cursors after kill -9, and nothing is lost, with its state", () => {
    it.concurrent.each(STORES)("in a %s store", async (state) => {
      await using job = await rotation(state);
      const first = await caught(job);
      first.child.kill("SIGKILL");
      await first.ended;
      const half = await statusOf(job.jobId, { cwd: job.folder, env: envOf(job) });
      expect(half.state).toBe("running");

      const second = await job.run(["run", "--json"]);
      expect(second.status).toBe(0);
      // What lies before the cursors is not read again.
      expect(second.json.scanned).toBeGreaterThan(0);
      expect(second.json.scanned).toBeLessThan(ROWS);
      expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
      const whole = await statusOf(job.jobId, { cwd: job.folder, env: envOf(job) });
      expect(whole.state).toBe("done");
      expect(whole.tables[0]).toMatchObject({ chunks: { pending: 0, running: 0, done: 4, failed: 0 } });
      expect((await job.run(["verify", "--json"])).json).toMatchObject({ clean: true, quarantined: 0 });
    });
  });

  // All signals are handled in one place: each once is enough.
  it.each([
    ["SIGTERM", "file"],
    ["SIGHUP", "file"],
    ["SIGINT", "cassandra"],
  ] as const)("finishes its page on %s and gives its chunks back, in a %s store", async (signal, state) => {
    await using job = await rotation(state);
    const first = await caught(job);
    const { stdout: out, stderr: err } = first.child;
    // As when a connection drops: there is nobody any more to tell anything.
    if (signal === "SIGHUP") for (const stream of [out!, err!]) stream.destroy();
    first.child.kill(signal);
    const { status, stderr, stdout } = await first.ended;
    expect(status).toBe(130);
    if (signal !== "SIGHUP") {
      expect(stderr).toContain("Stopping after the page in hand");
      expect(`${stdout}${stderr}`).toContain(`run --config config.yaml --job-id ${job.jobId}`);
    }
    // Nobody has to wait for a lease to run out.
    const half = await statusOf(job.jobId, { cwd: job.folder, env: envOf(job) });
    expect(half.tables[0]!.chunks.running).toBe(0);
    expect(half.tables[0]!.rows.scanned).toBeGreaterThan(0);

    const second = await job.run(["run", "--json"]);
    expect(second.status).toBe(0);
    expect(second.json.scanned + half.tables[0]!.rows.scanned).toBe(ROWS);
    expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
  });

  // These wait, too.
  describe("stops at once on the second Ctrl-C, and loses nothing by it, with its state", () => {
    it.concurrent.each(STORES)("in a %s store", async (state) => {
      await using proxy = await HeldProxy.before(db.cluster.contactPoints[0]!, db.cluster.port);
      await using job = await rotation(state, {
        ...db.cluster,
        contactPoints: ["127.0.0.1"],
        port: proxy.port,
      });
      const first = await caught(job);
      // Nothing is answered any more, so the page in hand has no end.
      proxy.holdAfter(0);
      await eventually("something is asked", () => proxy.isHolding, Boolean);
      first.child.kill("SIGINT");
      await first.waitFor(/Stopping after the page in hand/);
      first.child.kill("SIGINT");
      const { status, stderr } = await first.ended;
      expect(status).toBe(130);
      expect(stderr).not.toMatch(/^\s+at /m);
      proxy.letGo();
      expect((await job.run(["run"])).status).toBe(0);
      expect(await checkAll(db.client, job.fixture, { key: job.keys.new })).toEqual([]);
    });
  });
});

function envOf(job: Rotation): Record<string, string> {
  return { REKEY_OLD_KEY: job.keys.old, REKEY_NEW_KEY: job.keys.new };
}
