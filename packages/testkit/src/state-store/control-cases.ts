import assert from "node:assert/strict";
import { NEVER, newJob, type StoreCase } from "./scene.ts";

/** Live control settings. */
export const controlCases: readonly StoreCase[] = [
  [
    "a job that nobody tuned has no live settings",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      assert.deepEqual(await scene.store.controls(jobId, NEVER), { settings: {}, revision: 0, history: [] });
    },
  ],
  [
    "a change is seen by every process, with who and when, and by those that open the store later",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const change = { workers: 4, maxRowsPerSecond: 500.5 };
      const made = await scene.store.tune(jobId, change, "ann@pod-1", NEVER);
      assert.deepEqual([made.settings, made.revision], [change, 1]);
      for (const store of [scene.store, scene.other, await scene.another()])
        assert.deepEqual(await store.controls(jobId, NEVER), made);
      const [record] = made.history;
      assert.deepEqual([record?.by, record?.change, record?.revision], ["ann@pod-1", change, 1]);
      assert.ok(Number.isFinite(record?.at), "it tells when");
    },
  ],
  [
    "a later change sets what it names, gives back what is null, and keeps the rest",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      await scene.store.tune(jobId, { workers: 4, maxInFlight: 8, thresholdMs: 50 }, "ann", NEVER);
      const made = await scene.other.tune(jobId, { workers: null, maxInFlight: 2 }, "bob", NEVER);
      assert.deepEqual(made.settings, { maxInFlight: 2, thresholdMs: 50 });
      assert.deepEqual(
        made.history.map(({ by, revision }) => [by, revision]),
        [
          ["bob", 2],
          ["ann", 1],
        ],
      );
      assert.deepEqual(await scene.store.controls(jobId, NEVER), made);
    },
  ],
  [
    "of changes that are made at once none is lost",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const stores = [scene.store, scene.other, await scene.another()];
      const changes = [{ workers: 1 }, { maxInFlight: 2 }, { thresholdMs: 3 }, { maxRowsPerSecond: 4 }];
      await Promise.all(
        changes.map((change, index) => stores[index % 3]!.tune(jobId, change, `w${index}`, NEVER)),
      );
      const { settings, revision, history } = await scene.store.controls(jobId, NEVER);
      assert.deepEqual(settings, { workers: 1, maxInFlight: 2, thresholdMs: 3, maxRowsPerSecond: 4 });
      assert.equal(revision, 4);
      assert.equal(new Set(history.map(({ by }) => by)).size, 4);
    },
  ],
  [
    "jobs are tuned apart, and one that is not there cannot be",
    async (scene) => {
      const [one, two] = [await scene.plan({ t: 1 }), await scene.plan({ t: 1 })];
      await scene.store.tune(one, { workers: 9 }, "ann", NEVER);
      assert.equal((await scene.store.controls(two, NEVER)).revision, 0);
      const { id } = newJob({ t: 1 });
      await assert.rejects(scene.store.tune(id, { workers: 1 }, "ann", NEVER), { code: "JOB.NOT_FOUND" });
    },
  ],
];
