import { RekeyError } from "@cassandra-rekey/core";
import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { expect, it } from "vitest";
import { Checks } from "../../src/doctor/checks.ts";
import { checkJobKeys } from "../../src/doctor/job-keys-check.ts";
import { agreeOnKeys } from "../../src/keyring/key-checks.ts";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { planned } from "../simulated-job.ts";
import { relabelled, testKey } from "../test-keys.ts";

const never = new AbortController().signal;

/** What the doctor says on host `b` of a job whose keys host `a` recorded. */
async function found(target = testKey("v2"), previous = testKey("v1")) {
  const store = new MemoryStateStore(new ManualClock(), new SeededRandom(1));
  await store.createJob(planned("j", splitRing(1)), never);
  const keys = new Keyrings({ target: testKey("v2"), previous: [testKey("v1")] });
  await agreeOnKeys({ store, keyrings: keys, names: ["keys"], host: "a" }, "j", never);
  const known = await store.keyChecks("j", never);
  const keyrings = new Keyrings({ target, previous: [previous] });
  const checks = new Checks();
  const jobs = [
    { job: { id: "j" }, known },
    { job: { id: "older" }, known: [] },
  ];
  await checkJobKeys(checks, { keyrings, names: ["keys"], host: "b" }, jobs, never);
  return checks.list.map(({ level, check, message }) => `${level} ${check} ${message}`);
}

it("says of each unfinished job whether the keys here are its keys, and nothing of a job that knows none", async () => {
  expect(await found()).toEqual(["OK keys.jobs the keys here are those of job j"]);
  expect(await found(relabelled(testKey("other"), "v2"))).toEqual([
    "FAIL keys.jobs key v2 on b is not the key v2 that job j has from a",
  ]);
});

it("warns where a key service does not let them be compared", async () => {
  const decrypt = () => Promise.reject(new RekeyError("KEY.REFUSED", "disabled"));
  expect(await found(testKey("v2"), { ...testKey("v1"), decrypt })).toEqual([
    "WARN keys.jobs job j: whether other hosts have the same key v1 cannot be checked (KEY.REFUSED)",
    "OK keys.jobs the keys here are those of job j",
  ]);
});
