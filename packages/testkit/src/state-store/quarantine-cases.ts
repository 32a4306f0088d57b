import assert from "node:assert/strict";
import type { QuarantineEntry, StateStore, WorkerReport } from "@cassandra-rekey/core";
import { NEVER, type StoreCase } from "./scene.ts";

/** As long as a reason may be. */
const LONG = "every attempt failed (CLUSTER.INVALID_QUERY: ".padEnd(500, "a guardrail refused it; ");
const ENTRIES: readonly QuarantineEntry[] = [
  entry("a", "secret", [[1, 2, 3], []], LONG, -(2n ** 63n)),
  entry("a", "secret", [[], [1, 2, 3]], "corrupt", 2n ** 63n - 1n),
  entry("a", "▲ 'x'", [[1, 2, 3], []], "no key opens it", 1_700_000_000_000_001n),
  entry("b", "secret", [[255, 0, 46]], "no key opens it", 1n),
];

/** What is written down beside the chunks: quarantine and workers. */
export const quarantineCases: readonly StoreCase[] = [
  [
    "the quarantine keeps one entry for each table, key and column",
    async (scene) => {
      const jobId = await scene.plan({ a: 1, b: 1 });
      const another = await scene.plan({ a: 1 });
      // Several elements of one collection are one entry, said several times.
      await scene.store.quarantine(jobId, [...ENTRIES, ...ENTRIES.slice(1, 3)], NEVER);
      await scene.other.quarantine(jobId, ENTRIES.slice(0, 2), NEVER);
      await scene.other.quarantine(jobId, [], NEVER);
      assert.deepEqual(await listed(scene.store, jobId), texts(ENTRIES));
      assert.deepEqual(await listed(scene.store, another), [], "of another job");
      const anew = { ...ENTRIES[0]!, reason: "still not", writetime: 5n };
      await scene.store.quarantine(jobId, [anew], NEVER);
      assert.deepEqual(
        await listed(scene.store, jobId),
        texts([anew, ...ENTRIES.slice(1)]),
        "the latest word",
      );
    },
  ],
  [
    "what turned out well is taken out of the quarantine",
    async (scene) => {
      const jobId = await scene.plan({ a: 1, b: 1 });
      await scene.store.quarantine(jobId, ENTRIES, NEVER);
      for (const _ of [1, 2]) {
        await scene.other.unquarantine(jobId, [ENTRIES[0]!, { ...ENTRIES[3]!, writetime: 99n }], NEVER);
        assert.deepEqual(await listed(scene.store, jobId), texts(ENTRIES.slice(1, 3)));
      }
      await scene.store.quarantine(jobId, [ENTRIES[0]!], NEVER);
      assert.deepEqual(await listed(scene.store, jobId), texts(ENTRIES.slice(0, 3)), "and may come back");
    },
  ],
  [
    "a long quarantine is read to its end",
    async (scene) => {
      const jobId = await scene.plan({ a: 1 });
      const many = Array.from({ length: 1_203 }, (_, index) =>
        entry("a", "secret", [[index >> 8, index & 255]], "no key opens it", BigInt(index)),
      );
      for (let start = 0; start < many.length; start += 400)
        await scene.store.quarantine(jobId, many.slice(start, start + 400), NEVER);
      assert.deepEqual(await listed(scene.other, jobId), texts(many));
      const read: QuarantineEntry[] = [];
      for await (const entry of scene.other.quarantined(jobId, NEVER)) {
        read.push(entry);
        if (read.length % 150 === 0) await scene.store.unquarantine(jobId, read.slice(-150), NEVER);
      }
      assert.deepEqual(texts(read), texts(many), "what is taken out meanwhile moves nothing out of sight");
      assert.equal((await listed(scene.store, jobId)).length, many.length % 150, "what was not taken out");
    },
  ],
  [
    "a worker's latest report replaces its earlier ones",
    async (scene) => {
      const jobId = await scene.plan({ a: 1 });
      assert.deepEqual(await scene.store.workers(jobId, NEVER), []);
      await scene.store.report(jobId, report("host:1", 10), NEVER);
      const waiting = "throttle-latency: read p99 61 ms > 50 ms for 12 s; ".repeat(4).trim();
      await scene.other.report(jobId, report("host ▲ 'two'", 5, waiting), NEVER);
      await scene.store.report(jobId, report("host:1", 25), NEVER);
      const reports = await scene.other.workers(jobId, NEVER);
      for (const { ageSeconds } of reports)
        assert.ok(
          ageSeconds !== undefined && ageSeconds >= 0 && ageSeconds < 60,
          "the store fills in the age",
        );
      const kept = reports.map(({ ageSeconds: _, ...rest }) => rest).sort((a, b) => b.scanned - a.scanned);
      // Through JSON, in which an absent field and an undefined one are the same.
      assert.deepEqual(
        JSON.parse(JSON.stringify(kept)),
        JSON.parse(JSON.stringify([report("host:1", 25), report("host ▲ 'two'", 5, waiting)])),
      );
      if (!scene.driven) return;
      await scene.elapse(40_000);
      await scene.other.report(jobId, report("host:1", 30), NEVER);
      await scene.elapse(40_000);
      const alive = await scene.store.workers(jobId, NEVER);
      assert.deepEqual(
        alive.map(({ worker }) => worker),
        ["host:1"],
        "who reported within a minute is there, and who did not is forgotten",
      );
    },
  ],
];

function entry(
  table: string,
  column: string,
  key: readonly (readonly number[])[],
  reason: string,
  writetime: bigint,
): QuarantineEntry {
  return { table, column, key: key.map((part) => Uint8Array.from(part)), reason, writetime };
}

function report(worker: string, scanned: number, waiting?: string): WorkerReport {
  return {
    ...{ worker, host: "host", pid: 4711, scanned, rowsPerSecond: 12.5, permits: 8, waiting },
    workers: 3,
    counts: { retries: 1, raced: 2, quarantined: 3 },
    leases: { held: 3, soonestMs: 20_500, lengthMs: 60_000 },
    controls: 2,
  };
}

async function listed(store: StateStore, jobId: string): Promise<readonly string[]> {
  return texts(await Array.fromAsync(store.quarantined(jobId, NEVER)));
}

function texts(entries: readonly QuarantineEntry[]): readonly string[] {
  return entries
    .map(({ table, column, key, reason, writetime }) =>
      JSON.stringify([
        table,
        column,
        key.map((part) => Buffer.from(part).toString("hex")),
        reason,
        String(writetime),
      ]),
    )
    .sort();
}
