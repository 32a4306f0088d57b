import assert from "node:assert/strict";
import {
  allLost,
  checkpoint,
  HOUR_MS,
  NEVER,
  type StoreCase,
  sameTotals,
  type Taken,
  totals,
} from "./scene.ts";

/** Chunks that come back: young, failed, abandoned. */
export const reopenCases: readonly StoreCase[] = [
  [
    "chunks that left young cells are visited once more, and only once",
    async (scene) => {
      const { store, other } = scene;
      const jobId = await scene.plan({ t: 4 });
      const all: Taken[] = [];
      for (let index = 0; index < 4; index += 1) all.push(await scene.take(jobId));
      const [young, settled, failed, held] = all as [Taken, Taken, Taken, Taken];
      await store.fail(young.lease, checkpoint(1, 3), "hiccup", false, NEVER);
      const retried = await scene.take(jobId);
      await store.finish(retried.lease, checkpoint(1, 10, { young: 2, raced: 1 }), NEVER);
      await store.finish(settled.lease, checkpoint(1, 20), NEVER);
      await store.fail(failed.lease, checkpoint(1, 5, { young: 1 }), "no", true, NEVER);
      await store.checkpoint(held.lease, checkpoint(1, 7, { young: 1 }), NEVER);

      assert.equal(await store.reopenYoung(jobId, NEVER), 1, "only what is done and left young cells");
      assert.equal(await other.reopenYoung(jobId, NEVER), 0, "once");
      await allLost(store, retried.lease, "reopened");
      assert.equal(
        await store.finish(retried.lease, checkpoint(1, 10, { young: 2, raced: 1 }), NEVER),
        "lost",
      );
      const { chunks, totals: sum } = await scene.progress(jobId);
      assert.deepEqual(chunks, { pending: 1, running: 1, done: 1, failed: 1 });
      assert.equal(sum.scanned, 10 + 20 + 5 + 7, "its rows stay counted");

      const again = await scene.take(jobId, "w2", HOUR_MS, other);
      const { id, visit, attempt, cursor } = again.chunk;
      assert.deepEqual([id, visit, attempt, cursor], [retried.chunk.id, 1, 0, undefined]);
      sameTotals(again.chunk.totals, totals(10, { raced: 1, census: [] }), "young and census start anew");
      await other.finish(again.lease, checkpoint(1, 10, { young: 2 }), NEVER);
      assert.equal(await store.reopenYoung(jobId, NEVER), 0, "never a third visit");
      assert.equal((await scene.progress(jobId)).totals.young, 2 + 1 + 1);
    },
  ],
  [
    "several that reopen at once reopen each chunk once",
    async (scene) => {
      const jobId = await scene.plan({ t: 6 });
      for (let index = 0; index < 6; index += 1) {
        const { lease } = await scene.take(jobId);
        await scene.store.finish(lease, checkpoint(1, 1, { young: 1 }), NEVER);
      }
      const counts = await Promise.all(
        [scene.store, scene.other, await scene.another()].map((store) => store.reopenYoung(jobId, NEVER)),
      );
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        6,
      );
      assert.equal((await scene.progress(jobId)).chunks.pending, 6);
    },
  ],
  [
    "failed chunks are reopened with their progress and no failed attempts",
    async (scene) => {
      const jobId = await scene.plan({ t: 2 });
      const failed = await scene.take(jobId);
      await scene.store.fail(failed.lease, checkpoint(1, 10), "no", true, NEVER);
      const held = await scene.take(jobId);
      assert.equal(await scene.other.reopenFailed(jobId, NEVER), 1);
      assert.equal(await scene.store.reopenFailed(jobId, NEVER), 0);
      await allLost(scene.store, failed.lease, "reopened");
      const again = await scene.take(jobId, "w2");
      const { id, attempt, visit, cursor } = again.chunk;
      assert.deepEqual([id, attempt, visit, cursor], [failed.chunk.id, 0, 0, "cursor after 10"]);
      sameTotals(again.chunk.totals, totals(10), "kept");
      assert.equal(
        await scene.store.checkpoint(held.lease, checkpoint(1, 1), NEVER),
        "held",
        "the other goes on",
      );
    },
  ],
  [
    "chunks whose lease has run out are reclaimed",
    async (scene) => {
      const jobId = await scene.plan({ t: 2 });
      const dead = await scene.take(jobId, "w1", scene.unitMs);
      await scene.store.checkpoint(dead.lease, checkpoint(1, 10), NEVER);
      const alive = await scene.take(jobId, "w2");
      let reclaimed = 0;
      for (let tried = 0; reclaimed === 0 && tried < 20; tried += 1) {
        await scene.elapse(scene.unitMs / 2);
        reclaimed = await scene.other.reclaim(jobId, HOUR_MS, NEVER);
      }
      assert.equal(reclaimed, 1);
      assert.deepEqual((await scene.progress(jobId)).chunks, { pending: 1, running: 1, done: 0, failed: 0 });
      await allLost(scene.store, dead.lease, "reclaimed");
      assert.equal(await scene.store.checkpoint(alive.lease, checkpoint(1, 1), NEVER), "held");
      const next = await scene.take(jobId, "w3");
      assert.ok(next.lease.epoch > dead.lease.epoch, "epochs rise");
      assert.deepEqual([next.chunk.id, next.chunk.cursor], [dead.chunk.id, "cursor after 10"]);
    },
  ],
  [
    "chunks that nobody has touched for long are reclaimed, whatever their lease",
    async (scene) => {
      const jobId = await scene.plan({ t: 4 });
      const idle = await scene.take(jobId, "w1");
      const done = await scene.take(jobId, "w2");
      await scene.store.finish(done.lease, checkpoint(1, 4), NEVER);
      const failed = await scene.take(jobId, "w3");
      await scene.store.fail(failed.lease, checkpoint(1, 2), "no", true, NEVER);
      await scene.elapse(scene.unitMs);
      assert.equal(await scene.store.reclaim(jobId, HOUR_MS, NEVER), 0, "an hour has not passed");
      assert.equal(await scene.store.reclaim(jobId, scene.unitMs / 2, NEVER), 1);
      assert.equal(await scene.store.reclaim(jobId, scene.unitMs / 2, NEVER), 0);
      await allLost(scene.store, idle.lease, "reclaimed");
      assert.deepEqual((await scene.progress(jobId)).chunks, { pending: 2, running: 0, done: 1, failed: 1 });
    },
  ],
];
