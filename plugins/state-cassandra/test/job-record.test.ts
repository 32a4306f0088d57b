import { beforeAll, expect, it } from "vitest";
import { jobOf, never, openStore, useStateCluster } from "./fixture.ts";

const db = useStateCluster();
beforeAll(async () => {
  await openStore(db.session, db.keyspace).init(never);
});

it("a job is finished when it became done, by the time of that transaction", async () => {
  const store = openStore(db.session, db.keyspace);
  const job = jobOf(1);
  await store.createJob(job, never);
  await store.transition(job.id, ["planned"], "running", never);
  expect(await store.job(job.id, never)).not.toHaveProperty("finishedAt");
  await store.transition(job.id, ["running"], "done", never);
  const [row] = await db.session.rows(
    `SELECT WRITETIME(job_state) AS at FROM ${db.keyspace}.rekey_jobs WHERE job_id = ?`,
    [job.id],
    {},
  );
  const finishedAt = Number((row!.get("at") as bigint) / 1000n);
  expect(await store.job(job.id, never)).toMatchObject({ state: "done", finishedAt });
});
