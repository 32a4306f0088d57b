import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { isRekeyError, type Job, type NewJob } from "@cassandra-rekey/core";
import { checkpoint, HOUR_MS, NEVER, newJob, refuses, ringIn, type StoreCase } from "./scene.ts";

const ODD_JOB: Omit<NewJob, "id"> = {
  kind: "dry-run",
  tables: [
    {
      id: "other.Übersicht",
      keyspace: "other",
      name: "Übersicht",
      columns: ['a "quoted" one', "x'y;--", "▲ 漢字"],
      writeMode: "lwt",
      schema: {
        tableId: "5ab0f0d0-0000-11ee-8000-000000000001",
        partitionKey: ["b uuid", "a text"],
        clusteringKey: ["c timestamp"],
        columns: ["x'y;-- blob regular"],
      },
      ranges: ringIn(3),
    },
    {
      id: "other.Übersicht/static",
      scan: "partitions",
      keyspace: "other",
      name: "Übersicht",
      columns: ["s"],
      writeMode: "lwt",
      schema: undefined,
      ranges: ringIn(3),
    },
    {
      id: "plain",
      keyspace: undefined,
      name: "plain",
      columns: [],
      writeMode: "fenced",
      schema: undefined,
      ranges: ringIn(2),
    },
    {
      id: "plain@[2001:db8::7]:9042",
      keyspace: "app",
      name: "plain",
      columns: ["s"],
      writeMode: "same-timestamp",
      schema: undefined,
      targetVersion: "v 1 ▲",
      keyringTargets: { cards: "v3", "odd one": "v1" },
      plannedFor: { keys: "v2", cards: "v4" },
      replica: "[2001:db8::7]:9042",
      readConsistency: "ALL",
      ranges: ringIn(1),
    },
  ],
};

/** Jobs: planned, listed, moved. */
export const jobCases: readonly StoreCase[] = [
  [
    "init may be repeated, also by several at once",
    async ({ store, other }) => {
      assert.deepEqual((await store.init(NEVER)).changes, [], "everything was there");
      const reports = await Promise.all([store.init(NEVER), other.init(NEVER)]);
      assert.deepEqual(
        reports.flatMap((report) => report.changes),
        [],
      );
    },
  ],
  [
    "a job comes back as it was planned",
    async ({ store, other }) => {
      const job = { ...ODD_JOB, id: newJob({}).id };
      await store.createJob(job, NEVER);
      const found = await other.job(job.id, NEVER);
      assert.ok(found, "another process sees the job");
      const { id, kind, state, origin } = found;
      assert.deepEqual([id, kind, state, origin], [job.id, "dry-run", "planned", "cassandra-rekey"]);
      assert.ok(Number.isSafeInteger(found.createdAt), "createdAt is in milliseconds");
      // Through JSON, in which an absent field and an undefined one are the same.
      const expected = job.tables.map(({ ranges, ...table }) => ({ ...table, chunks: ranges.length }));
      const byId = found.tables.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      assert.deepEqual(JSON.parse(JSON.stringify(byId)), JSON.parse(JSON.stringify(expected)));
    },
  ],
  [
    "jobs are listed newest first",
    async (scene) => {
      const planned: string[] = [];
      for (let index = 0; index < 3; index += 1) {
        planned.push(await scene.plan({ t: 1 }));
        await scene.elapse(5);
      }
      const listed = (await scene.other.jobs(NEVER)).map((job) => job.id);
      assert.deepEqual(
        listed.filter((id) => planned.includes(id)),
        planned.toReversed(),
      );
    },
  ],
  [
    "the list says the same of a job as asking for it",
    async (scene) => {
      const moved = await scene.plan({ a: 2, b: 1 }, "verify");
      await scene.store.transition(moved, ["planned"], "paused", NEVER);
      const planned = await scene.plan({ t: 1 });
      const jobs = await scene.other.jobs(NEVER);
      for (const id of [moved, planned]) {
        const listed = jobs.find((job) => job.id === id);
        assert.deepEqual(inOrder(listed), inOrder(await scene.store.job(id, NEVER)));
      }
    },
  ],
  [
    "a job tells when it became done, and nothing of the kind before",
    async (scene) => {
      const id = await scene.plan({ t: 1 });
      const seen = async () => [
        await scene.store.job(id, NEVER),
        (await scene.other.jobs(NEVER)).find((job) => job.id === id),
      ];
      for (const to of ["running", "paused", "running", "failed", "running"] as const) {
        await scene.store.transition(id, ["planned", "running", "paused", "failed"], to, NEVER);
        for (const job of await seen()) assert.equal(job?.finishedAt, undefined, `${to} is not done`);
      }
      await scene.store.transition(id, ["running"], "done", NEVER);
      for (const job of await seen()) {
        assert.ok(job);
        // Absent where a store cannot tell.
        const { createdAt, finishedAt = createdAt } = job;
        assert.ok(
          Math.abs(finishedAt - createdAt) < HOUR_MS,
          "in milliseconds since the epoch, like createdAt",
        );
      }
    },
  ],
  [
    "what is done to a job leaves the others alone",
    async (scene) => {
      const { store } = scene;
      const [one, two] = [await scene.plan({ t: 3 }), await scene.plan({ t: 3 })];
      const held = await scene.take(two, "w1");
      const failed = await scene.take(two, "w1");
      await store.fail(failed.lease, checkpoint(1, 1), "no", true, NEVER);
      const done = await scene.take(two, "w1");
      await store.finish(done.lease, checkpoint(1, 1, { young: 1 }), NEVER);
      const report = { host: "h", pid: 1, scanned: 0, rowsPerSecond: 0, permits: 1, waiting: undefined };
      await store.report(two, { ...report, worker: "w1" }, NEVER);
      const before = await store.progress(two, NEVER);
      assert.deepEqual(await store.workers(one, NEVER), []);
      for (let taken = 0; taken < 3; taken += 1)
        assert.equal((await scene.take(one, "w1")).chunk.jobId, one, "its own chunks are given");
      assert.equal((await store.claim(one, "w1", HOUR_MS, NEVER)).kind, "wait");
      await scene.elapse(5);
      assert.equal(await store.reclaim(one, 1, NEVER), 3);
      assert.equal(await store.reopenFailed(one, NEVER), 0);
      assert.equal(await store.reopenYoung(one, NEVER), 0);
      await store.transition(one, ["planned"], "done", NEVER);
      assert.equal((await store.job(two, NEVER))?.state, "planned");
      assert.deepEqual(await store.progress(two, NEVER), before);
      assert.equal(await store.checkpoint(held.lease, checkpoint(1, 1), NEVER), "held");
    },
  ],
  [
    "a job is seen with all of its chunks or not at all",
    async ({ store, other }) => {
      const job = newJob({ a: 700, b: 300 });
      let planned = false;
      const planning = store.createJob(job, NEVER).finally(() => {
        planned = true;
      });
      for (let seen = false; !seen; await setImmediate()) {
        const wasPlanned = planned;
        if (await other.job(job.id, NEVER)) {
          const progress = await other.progress(job.id, NEVER);
          const chunks = progress.map(({ table, chunks: { pending } }) => [table, pending]).sort();
          assert.deepEqual(chunks, [
            ["a", 700],
            ["b", 300],
          ]);
          seen = true;
        } else assert.ok(!wasPlanned, "a planned job is seen");
      }
      await planning;
    },
  ],
  [
    "a job id is planned once; a second plan changes nothing",
    async (scene) => {
      const job = newJob({ t: 3 });
      await scene.store.createJob(job, NEVER);
      const { lease } = await scene.take(job.id);
      await scene.store.finish(lease, checkpoint(1, 10), NEVER);
      const before = await scene.store.progress(job.id, NEVER);
      await refuses(
        "JOB.STATE",
        scene.other.createJob({ ...newJob({ t: 5 }), id: job.id }, NEVER),
        "second plan",
      );
      assert.deepEqual(await scene.store.progress(job.id, NEVER), before);
    },
  ],
  [
    "of several that plan the same job at once, one does",
    async (scene) => {
      const job = newJob({ a: 120, b: 3 });
      const stores = [scene.store, scene.other, await scene.another()];
      const outcomes = await Promise.all(
        stores.map((store) =>
          store.createJob(job, NEVER).then(
            () => "planned",
            (error) => (isRekeyError(error) ? error.code : error),
          ),
        ),
      );
      assert.deepEqual(outcomes.sort(), ["JOB.STATE", "JOB.STATE", "planned"]);
      const progress = await scene.store.progress(job.id, NEVER);
      assert.deepEqual(progress.map(({ table, chunks }) => [table, chunks.pending]).sort(), [
        ["a", 120],
        ["b", 3],
      ]);
    },
  ],
  [
    "what is asked of a job that is not there is refused",
    async ({ store }) => {
      const { id } = newJob({});
      assert.equal(await store.job(id, NEVER), undefined);
      for (const call of [
        () => store.transition(id, ["planned"], "running", NEVER),
        () => store.claim(id, "w1", 1000, NEVER),
        () => store.progress(id, NEVER),
        () => store.reopenYoung(id, NEVER),
        () => store.reopenFailed(id, NEVER),
        () => store.reclaim(id, 0, NEVER),
        () => store.quarantine(id, [], NEVER),
      ])
        await refuses("JOB.NOT_FOUND", call(), "unknown job");
    },
  ],
  [
    "a transition is made from the states named, and from no other",
    async (scene) => {
      const { store, other } = scene;
      const id = await scene.plan({ t: 1 });
      assert.deepEqual(await store.transition(id, ["running", "paused"], "done", NEVER), {
        applied: false,
        state: "planned",
      });
      assert.deepEqual(await store.transition(id, ["planned", "failed"], "running", NEVER), {
        applied: true,
        state: "running",
      });
      assert.equal((await other.job(id, NEVER))?.state, "running");
      assert.deepEqual(await other.transition(id, ["planned"], "running", NEVER), {
        applied: false,
        state: "running",
      });
      for (const [from, to] of [
        ["running", "paused"],
        ["paused", "running"],
        ["running", "failed"],
        ["failed", "running"],
        ["running", "done"],
      ] as const) {
        assert.deepEqual(await other.transition(id, [from], to, NEVER), { applied: true, state: to });
        assert.equal((await store.job(id, NEVER))?.state, to);
      }
    },
  ],
  [
    "of several that make the same transition at once, one does",
    async (scene) => {
      const id = await scene.plan({ a: 1, b: 1 });
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (index % 2 === 0 ? scene.store : scene.other).transition(id, ["planned"], "running", NEVER),
        ),
      );
      assert.equal(outcomes.filter((outcome) => outcome.applied).length, 1);
      for (const outcome of outcomes) assert.equal(outcome.state, "running");
    },
  ],
];

/** Through JSON, in which an absent field and an undefined one are the same; tables come in any order. */
function inOrder(job: Job | undefined): unknown {
  return JSON.parse(
    JSON.stringify({ ...job, tables: job?.tables.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }),
  );
}
