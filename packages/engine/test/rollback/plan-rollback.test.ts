import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import type { Plan } from "../../src/planner/planner.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import type { JobTargets } from "../../src/rollback/effective-keys.ts";
import { planRollback } from "../../src/rollback/plan-rollback.ts";
import { nextSweep, sweepAfter } from "../../src/sweeps/sweep-chain.ts";
import { planned } from "../simulated-job.ts";
import { openRun } from "../simulated-run.ts";

const compareKeys = async () => [];

async function rollBack(
  change: Parameters<typeof planned>[2] = {},
  state: "planned" | "paused" | "failed" | "done" = "planned",
  keyspace?: string,
) {
  const run = await openRun();
  const { store, signal, clock } = run;
  await store.createJob(planned("f", splitRing(2), change), signal);
  if (state !== "planned") await store.transition("f", ["planned"], state, signal);
  const asked: { tables: string[]; targets: JobTargets }[] = [];
  const [users] = run.settings.tables;
  const settings = { ...run.settings, tables: [users!, { ...users!, name: "others" }] };
  const storeJob = async ({ tables }: Settings, targets: JobTargets): Promise<Plan> => {
    asked.push({ tables: tables.map(({ name }) => name), targets });
    return { job: planned("r", splitRing(2)), warnings: ["a warning"] };
  };
  const job = (await store.job("f", signal))!;
  const elsewhere = keyspace === undefined ? settings : { ...settings, tables: [] };
  const plan = await planRollback(
    { settings: elsewhere, store, clock, storeJob, compareKeys },
    job,
    [],
    signal,
  );
  return { plan, asked, state: (await store.job("f", signal))!.state };
}

describe("a rollback", () => {
  it("is planned over the job's tables, static passes as well, to the previous key", async () => {
    const { asked } = await rollBack();
    expect(asked).toEqual([{ tables: ["users"], targets: { targetVersion: "old" } }]);
    const static_ = await rollBack({ id: "users/static", scan: "partitions" });
    expect(static_.asked).toEqual(asked);
  });

  it("pauses a job that is not finished, and says not to resume it", async () => {
    for (const before of ["planned", "paused", "failed"] as const) {
      const { plan, state } = await rollBack({}, before);
      expect(state).toBe("paused");
      expect(plan.warnings).toEqual([
        "a warning",
        expect.stringMatching(/job f is paused: don't resume it\..* not again what is rolled back/),
      ]);
    }
    const { plan, state } = await rollBack({}, "done");
    expect(state).toBe("done");
    expect(plan.warnings).toEqual(["a warning"]);
  });

  it("pauses an unfinished sweep behind a job that is done", async () => {
    const { store, clock, signal, settings } = await openRun();
    await store.createJob(planned("f", splitRing(2)), signal);
    await store.transition("f", ["planned"], "done", signal);
    const sweep = await nextSweep(store, (await store.job("f", signal))!, signal);
    await store.transition(sweep.id, ["planned"], "running", signal);
    const storeJob = async (): Promise<Plan> => ({ job: planned("r", splitRing(2)), warnings: [] });
    const plan = await planRollback(
      { settings, store, clock, storeJob, compareKeys },
      (await store.job("f", signal))!,
      [],
      signal,
    );
    expect(plan.warnings).toEqual([expect.stringContaining(`job ${sweep.id} is paused`)]);
    expect(await store.job(sweep.id, signal)).toMatchObject({ state: "paused" });
  });

  it("pauses a sweep that a process makes meanwhile, which had just come to the end of the job", async () => {
    const { store, clock, signal, settings } = await openRun();
    await store.transition("j", ["planned"], "done", signal);
    const job = (await store.job("j", signal))!;
    const storeJob = async (): Promise<Plan> => {
      const { id } = await nextSweep(store, job, signal);
      await store.transition(id, ["planned"], "running", signal);
      return { job: planned("r", splitRing(2)), warnings: [] };
    };
    const plan = await planRollback({ settings, store, clock, storeJob, compareKeys }, job, [], signal);
    expect(plan.warnings).toEqual([expect.stringContaining(`job ${sweepAfter("j")} is paused`)]);
    expect(await store.job(sweepAfter("j"), signal)).toMatchObject({ state: "paused" });
  });

  it("that is interrupted lets the job go on: nothing is rolled back", async () => {
    const { store, clock, signal, settings } = await openRun();
    await store.transition("j", ["planned"], "running", signal);
    const abort = new AbortController();
    const stopped = new RekeyError("INTERRUPTED", "made up");
    const storeJob = async (): Promise<Plan> => {
      abort.abort(stopped);
      throw stopped;
    };
    const parts = { settings, store, clock, storeJob, compareKeys };
    const job = (await store.job("j", signal))!;
    await expect(planRollback(parts, job, [], abort.signal)).rejects.toBe(stopped);
    expect(await store.job("j", signal)).toMatchObject({ state: "running" });
  });

  it("that cannot be planned lets the job go on", async () => {
    const { store, clock, signal, settings } = await openRun();
    await store.transition("j", ["planned"], "running", signal);
    const drift = new RekeyError("CONFIG.TABLE_MISMATCH", "made up");
    const parts = { settings, store, clock, storeJob: () => Promise.reject(drift), compareKeys };
    const job = (await store.job("j", signal))!;
    await expect(planRollback(parts, job, [], signal)).rejects.toBe(drift);
    expect(await store.job("j", signal)).toMatchObject({ state: "running" });
  });

  it("with other keys than the job's is refused before anything is paused, and knows them from the job", async () => {
    const { store, clock, signal, settings } = await openRun();
    const known = { keyring: "keys", version: "new", sealed: "c2VhbGVk", host: "a" };
    await store.keepKeyChecks("j", [known], signal);
    const storeJob = async (): Promise<Plan> => {
      const job = planned("r", splitRing(2));
      await store.createJob(job, signal);
      return { job, warnings: [] };
    };
    const mismatch = new RekeyError("KEY.MISMATCH", "made up");
    const job = (await store.job("j", signal))!;
    const refused = { settings, store, clock, storeJob, compareKeys: () => Promise.reject(mismatch) };
    await expect(planRollback(refused, job, [], signal)).rejects.toBe(mismatch);
    expect(await store.job("j", signal)).toMatchObject({ state: "planned" });
    expect(await store.job("r", signal)).toBeUndefined();
    const doubtful = { settings, store, clock, storeJob, compareKeys: async () => ["a doubt"] };
    expect((await planRollback(doubtful, job, [], signal)).warnings[0]).toBe("a doubt");
    expect(await store.keyChecks("r", signal)).toEqual([known]);
  });

  it("of a rollback goes forward again", async () => {
    expect((await rollBack({ targetVersion: "old" })).asked[0]!.targets).toEqual({ targetVersion: "new" });
  });

  it("is refused where other columns are configured than the job rewrote: some would stay under its key", async () => {
    for (const columns of [["email", "phone", "name"], ["email"]])
      await expect(rollBack({ columns })).rejects.toMatchObject({
        code: "CONFIG.TABLE_MISMATCH",
        message: expect.stringContaining(`was planned for the columns ${columns.sort().join(", ")} of users`),
      });
    // What the Python tool planned does not say which.
    expect((await rollBack({ columns: [] })).asked).toHaveLength(1);
  });

  it("is refused for a job that wrote nothing, and without the job's tables", async () => {
    await expect(rollBack({ kind: "verify" })).rejects.toMatchObject({ code: "JOB.STATE" });
    await expect(rollBack({}, "planned", "elsewhere")).rejects.toMatchObject({
      code: "CONFIG.TABLE_MISMATCH",
      message: expect.stringContaining("users"),
    });
  });
});
