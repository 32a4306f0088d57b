import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { findJob, jobIdFrom } from "../src/find-job.ts";
import { planned } from "./simulated-job.ts";

const { signal } = new AbortController();
const [A, B, C] = ["a", "b", "c"].map((char) => `${char.repeat(8)}-0000-4000-8000-${char.repeat(12)}`);

async function storeWith(...jobs: readonly [id: string, kind: "rekey" | "verify", done: boolean][]) {
  const store = new MemoryStateStore(new ManualClock(), new SeededRandom(1));
  for (const [id, kind, done] of jobs) {
    await store.createJob(planned(id, [], { kind }), signal);
    if (done) await store.transition(id, ["planned"], "done", signal);
  }
  return store;
}

describe("jobIdFrom", () => {
  it("takes a UUID however it is written", () => {
    expect(jobIdFrom(` ${A!.toUpperCase()}\n`)).toBe(A);
  });

  it.each(["", "7", "not-a-uuid", `${"a".repeat(8)}-0000-4000-8000`])("refuses %j", (text) => {
    expect(() => jobIdFrom(text)).toThrow(expect.objectContaining({ code: "USAGE.INVALID" }));
  });
});

describe("findJob", () => {
  it("finds the job named, done or not and of whatever kind", async () => {
    const store = await storeWith([A!, "rekey", true], [B!, "verify", false]);
    expect((await findJob(store, { jobId: A, kinds: ["verify"] }, signal)).id).toBe(A);
  });

  it("says that a job is not there, with the caller's hint", async () => {
    const store = await storeWith([A!, "rekey", false]);
    const search = { jobId: B, kinds: ["rekey"], hintWhenMissing: "Look in rekey_meta." } as const;
    await expect(findJob(store, search, signal)).rejects.toMatchObject({
      code: "JOB.NOT_FOUND",
      hint: "Look in rekey_meta.",
    });
  });

  it("takes the only unfinished one of the kinds asked for", async () => {
    const store = await storeWith([A!, "rekey", false], [B!, "verify", false], [C!, "rekey", true]);
    expect((await findJob(store, { jobId: undefined, kinds: ["rekey"] }, signal)).id).toBe(A);
  });

  it("does not choose between two, and names them", async () => {
    const store = await storeWith([A!, "rekey", false], [B!, "rekey", false]);
    await expect(findJob(store, { jobId: undefined, kinds: ["rekey"] }, signal)).rejects.toMatchObject({
      code: "JOB.AMBIGUOUS",
      message: expect.stringContaining(B!),
    });
  });

  it("says that none is unfinished; the hint is for a store without any", async () => {
    const search = { jobId: undefined, kinds: ["rekey"], hintWhenMissing: "Look elsewhere." } as const;
    const done = findJob(await storeWith([A!, "rekey", true]), search, signal);
    await expect(done).rejects.toMatchObject({
      code: "JOB.AMBIGUOUS",
      message: expect.stringContaining("no job"),
    });
    await expect(done).rejects.not.toMatchObject({ hint: "Look elsewhere." });
    await expect(findJob(await storeWith(), search, signal)).rejects.toMatchObject({
      hint: "`cassandra-rekey plan` makes a job. Look elsewhere.",
    });
  });
});
