import assert from "node:assert/strict";
import type { KeyCheck } from "@cassandra-rekey/core";
import { NEVER, newJob, refuses, type StoreCase } from "./scene.ts";

/** What tells a job's keys from others of the same version. */
export const keyCheckCases: readonly StoreCase[] = [
  [
    "key checks are seen by every process, and by those that open the store later",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      assert.deepEqual(await scene.other.keyChecks(jobId, NEVER), [], "nothing is made up");
      const odd = check("keys", 'v 1 "▲"', "b2Rk");
      const kept = [check("keys", "v2", "c2VhbGVk"), odd, check("cards", "v2", "Y2FyZHM=")];
      same(await scene.store.keepKeyChecks(jobId, kept, NEVER), kept);
      for (const store of [scene.store, scene.other, await scene.another()])
        same(await store.keyChecks(jobId, NEVER), kept);
    },
  ],
  [
    "the first key check of a keyring and version stays, and those that come later are told of it",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const first = check("keys", "v2", "Zmlyc3Q=", "a");
      await scene.store.keepKeyChecks(jobId, [first], NEVER);
      const more = [
        check("keys", "v1", "bW9yZQ==", "b"),
        check("keys", "V2", "bW9yZQ==", "b"),
        check("cards", "v2", "bW9yZQ==", "b"),
      ];
      const late = check("keys", "v2", "bGF0ZQ==", "b");
      same(await scene.other.keepKeyChecks(jobId, [late, ...more], NEVER), [first, ...more]);
      same(await scene.store.keyChecks(jobId, NEVER), [first, ...more]);
    },
  ],
  [
    "of several that offer a key check at once all are told of the same one",
    async (scene) => {
      const jobId = await scene.plan({ t: 1 });
      const stores = [scene.store, scene.other, await scene.another()];
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          stores[index % 3]!.keepKeyChecks(jobId, [check("keys", "v2", `${index}`, `${index}`)], NEVER),
        ),
      );
      for (const answer of answers) {
        assert.equal(answer.length, 1, "one for each keyring and version");
        same(answer, answers[0]!);
      }
      assert.equal(answers[0]![0]!.host, answers[0]![0]!.sealed, "and it is one that was offered");
    },
  ],
  [
    "key checks belong to their job, and one that is not there has none",
    async (scene) => {
      const [one, two] = [await scene.plan({ t: 1 }), await scene.plan({ t: 1 })];
      await scene.store.keepKeyChecks(one, [check("keys", "v2", "b25l")], NEVER);
      assert.deepEqual(await scene.store.keyChecks(two, NEVER), []);
      const { id } = newJob({ t: 1 });
      const kept = scene.store.keepKeyChecks(id, [check("keys", "v2", "b25l")], NEVER);
      await refuses("JOB.NOT_FOUND", kept, "unknown job");
    },
  ],
];

function check(keyring: string, version: string, sealed: string, host = "host-1"): KeyCheck {
  return { keyring, version, sealed, host };
}

/** Compares key checks; their order means nothing. */
function same(actual: readonly KeyCheck[], expected: readonly KeyCheck[]): void {
  const sorted = (checks: readonly KeyCheck[]) =>
    checks
      .map(({ keyring, version, sealed, host }) => JSON.stringify([keyring, version, sealed, host]))
      .sort();
  assert.deepEqual(sorted(actual), sorted(expected));
}
