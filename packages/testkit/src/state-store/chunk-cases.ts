import assert from "node:assert/strict";
import { MAX_TOKEN, MIN_TOKEN, type TokenRange, ZERO_TOTALS } from "@cassandra-rekey/core";
import { checkpoint, HOUR_MS, NEVER, newJob, type StoreCase, sameTotals, totals } from "./scene.ts";

const ODD_TABLES = { "a\"b'c;--": 1, "Über ▲ 漢字": 1, "other.people": 1, People: 1, people: 1 };

/** Chunks: what a worker gets, and what becomes of it. */
export const chunkCases: readonly StoreCase[] = [
  [
    "a fresh chunk starts from nothing",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { chunk, lease } = await scene.take(jobId, "w1");
      const { range, totals: found, ...rest } = chunk;
      assert.deepEqual(rest, { jobId, table: "t", id: 0, cursor: undefined, attempt: 0, visit: 0 });
      assert.deepEqual(range, { after: MIN_TOKEN, upTo: MAX_TOKEN });
      sameTotals(found, ZERO_TOTALS, "nothing is done yet");
      assert.deepEqual({ ...lease, epoch: 0 }, { jobId, table: "t", chunkId: 0, worker: "w1", epoch: 0 });
    },
  ],
  [
    "tokens come back exactly, the ends of the ring included",
    async (scene) => {
      const cuts = [
        MIN_TOKEN,
        MIN_TOKEN + 1n,
        -(2n ** 53n) - 1n,
        -1n,
        0n,
        2n ** 53n + 1n,
        MAX_TOKEN - 1n,
        MAX_TOKEN,
      ];
      const ranges: TokenRange[] = cuts.slice(1).map((upTo, index) => ({ after: cuts[index]!, upTo }));
      const job = newJob({ t: 1 });
      await scene.store.createJob({ ...job, tables: [{ ...job.tables[0]!, ranges }] }, NEVER);
      const found: TokenRange[] = [];
      for (const _ of ranges) {
        const { chunk } = await scene.take(job.id);
        found[chunk.id] = chunk.range;
      }
      assert.deepEqual(found, ranges);
    },
  ],
  [
    "a checkpoint is seen, and repeating it counts nothing twice",
    async (scene) => {
      const jobId = await scene.plan({ t: 2 });
      const { lease } = await scene.take(jobId);
      for (const _ of [1, 2]) {
        assert.equal(await scene.store.checkpoint(lease, checkpoint(1, 10), NEVER), "held");
        sameTotals((await scene.progress(jobId)).totals, totals(10), "after the first page");
      }
      assert.equal(await scene.store.checkpoint(lease, checkpoint(2, 25), NEVER), "held");
      sameTotals(
        (await scene.progress(jobId)).totals,
        totals(25),
        "totals are absolute: replaced, not added",
      );
    },
  ],
  [
    "an old checkpoint that arrives late undoes nothing",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { lease } = await scene.take(jobId);
      await scene.store.checkpoint(lease, checkpoint(1, 10), NEVER);
      await scene.store.checkpoint(lease, checkpoint(2, 25), NEVER);
      assert.equal(await scene.store.checkpoint(lease, checkpoint(1, 10), NEVER), "held");
      sameTotals((await scene.progress(jobId)).totals, totals(25), "after the late one");
      await scene.store.release(lease, checkpoint(3, 25), NEVER);
      assert.equal((await scene.take(jobId)).chunk.cursor, "cursor after 25");
    },
  ],
  [
    "a finished chunk is done, once, and is not given out again",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { lease } = await scene.take(jobId);
      await scene.store.checkpoint(lease, checkpoint(1, 10), NEVER);
      for (const _ of [1, 2]) {
        assert.equal(await scene.store.finish(lease, checkpoint(2, 30), NEVER), "held", "also when repeated");
        const { chunks, totals: found, fraction } = await scene.progress(jobId);
        assert.deepEqual(chunks, { pending: 0, running: 0, done: 1, failed: 0 });
        sameTotals(found, totals(30), "at the end");
        assert.equal(fraction, 1);
      }
      assert.deepEqual(await scene.store.claim(jobId, "w2", HOUR_MS, NEVER), { kind: "done" });
      assert.equal(await scene.store.checkpoint(lease, checkpoint(3, 40), NEVER), "lost");
    },
  ],
  [
    "a released chunk is claimed at once, with its cursor and totals",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const first = await scene.take(jobId, "w1");
      for (const _ of [1, 2]) {
        assert.equal(
          await scene.store.release(first.lease, checkpoint(1, 10), NEVER),
          "held",
          "also when repeated",
        );
        assert.deepEqual((await scene.progress(jobId)).chunks, {
          pending: 1,
          running: 0,
          done: 0,
          failed: 0,
        });
      }
      const second = await scene.take(jobId, "w2", HOUR_MS, scene.other);
      assert.ok(second.lease.epoch > first.lease.epoch, "epochs rise");
      assert.deepEqual([second.chunk.cursor, second.chunk.attempt], ["cursor after 10", 0]);
      sameTotals(second.chunk.totals, totals(10), "kept");
      await scene.other.finish(second.lease, checkpoint(1, 40), NEVER);
      sameTotals((await scene.progress(jobId)).totals, totals(40), "of both attempts together");
    },
  ],
  [
    "a failed attempt is counted once, keeps its progress and says why",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const first = await scene.take(jobId, "w1");
      const error = `disk ▲ 'full': ${"10.0.0.1:9042 did not answer in time; ".repeat(12)}`;
      for (const _ of [1, 2])
        assert.equal(await scene.store.fail(first.lease, checkpoint(1, 10), error, false, NEVER), "held");
      const progress = await scene.progress(jobId);
      assert.deepEqual(progress.chunks, { pending: 1, running: 0, done: 0, failed: 0 });
      assert.equal(progress.lastError, error);
      const second = await scene.take(jobId, "w2");
      assert.deepEqual([second.chunk.cursor, second.chunk.attempt], ["cursor after 10", 1]);
      sameTotals(second.chunk.totals, totals(10), "kept");
      assert.equal(await scene.store.fail(second.lease, checkpoint(1, 20), "again", true, NEVER), "held");
      const after = await scene.progress(jobId);
      assert.deepEqual(after.chunks, { pending: 0, running: 0, done: 0, failed: 1 });
      assert.deepEqual([after.lastError, after.fraction], ["again", 0]);
      assert.deepEqual(
        await scene.store.claim(jobId, "w3", HOUR_MS, NEVER),
        { kind: "done" },
        "failed is final",
      );
    },
  ],
  [
    "progress comes back whole: a long cursor, counters beyond 32 bits, nodes that were down",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { lease } = await scene.take(jobId);
      const outage = { node: "[2001:db8::7]:9042", fromMs: 1_764_000_000_123, untilMs: 1_764_000_900_456 };
      const large = totals(2 ** 33, {
        scanned: 2 ** 40,
        bytes: 2 ** 52,
        outages: [{ ...outage, hintedMs: 10_800_000 }],
      });
      const cursor = `▲ '${"0123456789abcdef".repeat(4_096)}`;
      assert.equal(await scene.store.release(lease, { seq: 1, cursor, totals: large }, NEVER), "held");
      const { chunk } = await scene.take(jobId, "w2", HOUR_MS, scene.other);
      assert.equal(chunk.cursor, cursor);
      sameTotals(chunk.totals, large, "as they were stored");
      sameTotals((await scene.progress(jobId)).totals, large, "of the table");
    },
  ],
  [
    "a chunk that makes no progress keeps an empty cursor",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const { lease } = await scene.take(jobId);
      await scene.store.release(lease, { seq: 1, cursor: undefined, totals: ZERO_TOTALS }, NEVER);
      assert.equal((await scene.take(jobId)).chunk.cursor, undefined);
    },
  ],
  [
    "tables are told apart whatever their names, and progress names each",
    async (scene) => {
      const jobId = await scene.plan(ODD_TABLES);
      for (const _ of Object.keys(ODD_TABLES)) {
        const { lease, chunk } = await scene.take(jobId, "worker ▲ 'one'");
        assert.equal(lease.worker, "worker ▲ 'one'");
        await scene.store.finish(lease, checkpoint(1, chunk.table.length), NEVER);
      }
      const progress = await scene.other.progress(jobId, NEVER);
      assert.deepEqual(progress.map(({ table }) => table).sort(), Object.keys(ODD_TABLES).sort());
      for (const { table, totals: found, chunks } of progress) {
        assert.equal(chunks.done, 1, table);
        sameTotals(found, totals(table.length), table);
      }
    },
  ],
  [
    "the fraction of a table is the part of the ring that is done",
    async (scene) => {
      const job = newJob({ t: 1, untouched: 2 });
      const ranges = [
        { after: MIN_TOKEN, upTo: 0n },
        { after: 0n, upTo: 2n ** 62n },
        { after: 2n ** 62n, upTo: MAX_TOKEN },
      ];
      await scene.store.createJob({ ...job, tables: [{ ...job.tables[0]!, ranges }, job.tables[1]!] }, NEVER);
      for (let tried = 0; tried < 5; tried += 1) {
        const { lease, chunk } = await scene.take(job.id);
        // All stay in hand but the first half of the ring.
        if (chunk.table === "t" && chunk.id === 0) await scene.store.finish(lease, checkpoint(1, 5), NEVER);
      }
      const { fraction, chunks } = await scene.progress(job.id, "t");
      assert.ok(Math.abs(fraction - 0.5) < 1e-9, `a half is done, not ${fraction}`);
      assert.deepEqual(chunks, { pending: 0, running: 2, done: 1, failed: 0 });
      assert.equal((await scene.progress(job.id, "untouched")).fraction, 0);
    },
  ],
];
