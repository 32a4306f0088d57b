import { beforeAll, expect, it } from "vitest";
import { jobOf, never, openStore, sessionWith, useStateCluster } from "./fixture.ts";

const db = useStateCluster();
beforeAll(async () => {
  await openStore(db.session, db.keyspace).init(never);
});

it("is read a page at a time: a table may have millions of cells that no key opens", async () => {
  let pages = 0;
  const counting = sessionWith(db.session, {
    execute(...call) {
      if (/FROM \S*rekey_quarantine/.test(call[0])) pages += 1;
      return db.session.execute(...call);
    },
  });
  const store = openStore(counting, db.keyspace);
  const job = jobOf(1);
  await store.createJob(job, never);
  const entries = Array.from({ length: 2_100 }, (_, index) => ({
    table: "t",
    column: "c",
    key: [Uint8Array.of(index >> 8, index & 255)],
    reason: "no key opens it",
    writetime: 1n,
  }));
  await store.quarantine(job.id, entries, never);
  let read = 0;
  for await (const _ of store.quarantined(job.id, never)) {
    read += 1;
    if (read === 1) expect(pages).toBe(1);
  }
  expect([read, pages]).toEqual([2_100, 3]);
});
