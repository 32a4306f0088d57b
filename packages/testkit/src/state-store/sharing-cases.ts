import assert from "node:assert/strict";
import type { StateStore } from "@cassandra-rekey/core";
import { checkpoint, HOUR_MS, NEVER, type StoreCase, totals } from "./scene.ts";

/** Many workers on one job. */
export const sharingCases: readonly StoreCase[] = [
  [
    "many workers share a job and no chunk is given to two",
    async (scene) => {
      const jobId = await scene.plan({ a: 20, b: 16 });
      const given: string[] = [];
      const work = async (store: StateStore, worker: string) => {
        for (;;) {
          const claim = await store.claim(jobId, worker, HOUR_MS, NEVER);
          if (claim.kind === "done") return;
          if (claim.kind === "wait") {
            await scene.elapse(20);
            continue;
          }
          given.push(`${claim.chunk.table}/${claim.chunk.id}`);
          assert.equal(await store.finish(claim.lease, checkpoint(1, 1), NEVER), "held");
        }
      };
      const stores = [scene.store, scene.other, await scene.another()];
      await Promise.all(Array.from({ length: 9 }, (_, index) => work(stores[index % 3]!, `w${index}`)));
      assert.equal(new Set(given).size, given.length, "none twice");
      assert.equal(given.length, 36, "none forgotten: done is said only when all are");
      const progress = await scene.store.progress(jobId, NEVER);
      assert.equal(
        progress.reduce((sum, table) => sum + table.totals.scanned, 0),
        36,
      );
    },
  ],
  [
    "of many that claim the only chunk at once, one gets it and none is told that all is done",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const stores = [scene.store, scene.other, await scene.another()];
      const claims = await Promise.all(
        Array.from({ length: 9 }, (_, index) => stores[index % 3]!.claim(jobId, `w${index}`, HOUR_MS, NEVER)),
      );
      assert.deepEqual(claims.map((claim) => claim.kind).sort(), [
        "chunk",
        ...Array.from({ length: 8 }, () => "wait"),
      ]);
    },
  ],
  [
    "a process that closes its store takes nothing away from the others",
    async (scene) => {
      const jobId = await scene.plan({ t: 2 });
      const closing = await scene.another();
      const { lease } = await scene.take(jobId, "w1", HOUR_MS, closing);
      await closing[Symbol.asyncDispose]();
      await scene.take(jobId, "w2", HOUR_MS, scene.other);
      assert.equal((await scene.store.claim(jobId, "w3", HOUR_MS, NEVER)).kind, "wait", "both are held");
      assert.equal(await scene.store.finish(lease, checkpoint(1, 1), NEVER), "held", "whoever says it");
    },
  ],
  [
    "10,000 chunks are planned, claimed from different places and counted",
    async (scene) => {
      const jobId = await scene.plan({ t: 10_000 });
      const stores = [scene.store, scene.other, await scene.another()];
      const taken = await Promise.all(
        Array.from({ length: 9 }, (_, index) => scene.take(jobId, `w${index}`, HOUR_MS, stores[index % 3]!)),
      );
      const ids = taken.map(({ chunk }) => chunk.id);
      assert.equal(new Set(ids).size, 9);
      assert.ok(Math.max(...ids) >= 9, "workers do not all start at the beginning");
      await Promise.all(
        taken.map(({ lease }, index) => stores[index % 3]!.finish(lease, checkpoint(1, 10), NEVER)),
      );
      const progress = await scene.progress(jobId);
      assert.deepEqual(progress.chunks, { pending: 9_991, running: 0, done: 9, failed: 0 });
      assert.equal(progress.totals.scanned, 9 * totals(10).scanned);
    },
  ],
];
