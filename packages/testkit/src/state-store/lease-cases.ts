import assert from "node:assert/strict";
import { allLost, checkpoint, HOUR_MS, NEVER, type StoreCase, sameTotals, totals } from "./scene.ts";

/** Leases: held, renewed, run out, taken over. */
export const leaseCases: readonly StoreCase[] = [
  [
    "a worker waits while others hold what is left",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { lease } = await scene.take(jobId, "w1");
      for (const store of [scene.store, scene.other]) {
        const claim = await store.claim(jobId, "w2", HOUR_MS, NEVER);
        assert.ok(claim.kind === "wait" && claim.ms > 0, "the chunk is held, and may come back");
        assert.ok(Number.isFinite(claim.ms), "whoever waits for ever does not see it come back");
      }
      await scene.store.finish(lease, checkpoint(1, 1), NEVER);
      for (const store of [scene.store, scene.other])
        assert.equal((await store.claim(jobId, "w2", HOUR_MS, NEVER)).kind, "done");
    },
  ],
  [
    "a lease that nobody renews runs out, and its chunk goes on where it was",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const dead = await scene.take(jobId, "w1", scene.unitMs);
      await scene.store.checkpoint(dead.lease, checkpoint(1, 10), NEVER);
      const next = await scene.takeWhenFree(jobId, "w2", scene.other);
      assert.ok(next.lease.epoch > dead.lease.epoch, "epochs rise");
      assert.deepEqual([next.chunk.cursor, next.chunk.attempt], ["cursor after 10", 0]);
      sameTotals(next.chunk.totals, totals(10), "survive");
      await allLost(scene.store, dead.lease, "taken over");
      sameTotals((await scene.progress(jobId)).totals, totals(10), "the dead worker changed nothing");
      assert.equal(await scene.other.finish(next.lease, checkpoint(1, 30), NEVER), "held");
      await allLost(scene.store, dead.lease, "taken over and done");
      assert.deepEqual((await scene.progress(jobId)).chunks, { pending: 0, running: 0, done: 1, failed: 0 });
    },
  ],
  [
    "a lease is renewed by each checkpoint for as long as it was claimed",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { lease } = await scene.take(jobId, "w1", 6 * scene.unitMs);
      await scene.elapse(4 * scene.unitMs);
      assert.equal(await scene.store.checkpoint(lease, checkpoint(1, 1), NEVER), "held");
      // Half of the renewed lease is left for a machine that is slow to ask.
      await scene.elapse(3 * scene.unitMs);
      const claim = await scene.other.claim(jobId, "w2", HOUR_MS, NEVER);
      assert.equal(
        claim.kind,
        "wait",
        "longer than one lease has passed since the claim, but not since the renewal",
      );
      assert.equal(await scene.store.checkpoint(lease, checkpoint(2, 2), NEVER), "held");
    },
  ],
  [
    "an earlier lease is lost, also to the worker that claimed again",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const first = await scene.take(jobId, "w1");
      await scene.store.release(first.lease, checkpoint(1, 10), NEVER);
      const second = await scene.take(jobId, "w1");
      await allLost(scene.store, first.lease, "released before");
      assert.equal(
        await scene.store.release(first.lease, checkpoint(1, 10), NEVER),
        "lost",
        "a repeat too late",
      );
      assert.deepEqual((await scene.progress(jobId)).chunks, { pending: 0, running: 1, done: 0, failed: 0 });
      assert.equal(await scene.store.checkpoint(second.lease, checkpoint(1, 20), NEVER), "held");
    },
  ],
  [
    "a lease belongs to the worker that it names",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { lease } = await scene.take(jobId, "w1");
      await allLost(scene.store, { ...lease, worker: "w2" }, "another's");
      await allLost(scene.store, { ...lease, epoch: lease.epoch + 1 }, "not yet given");
      assert.equal(await scene.store.finish(lease, checkpoint(1, 1), NEVER), "held");
    },
  ],
];
