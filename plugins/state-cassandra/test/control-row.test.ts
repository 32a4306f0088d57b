import { beforeAll, expect, it, vi } from "vitest";
import type { CassandraStateStore } from "../src/cassandra-state-store.ts";
import { FaultySession } from "./faulty-session.ts";
import { jobOf, never, openStore, useStateCluster } from "./fixture.ts";

const db = useStateCluster();
let store: CassandraStateStore;

beforeAll(async () => {
  store = openStore(db.session, db.keyspace);
  await store.init(never);
});

it("a change that happened without an answer is not made again over those that came after it", async () => {
  const job = jobOf(1);
  await store.createJob(job, never);
  const faulty = FaultySession.over(db.session);
  let asked = 0;
  faulty.fate = async () => {
    asked += 1;
    if (asked === 1) return "refused at its commit";
    for (let workers = 10; asked === 2 && workers < 15; workers += 1)
      await store.tune(job.id, { workers }, "bob", never);
    return undefined;
  };
  const made = await openStore(faulty, db.keyspace).tune(job.id, { workers: 3 }, "ann", never);
  expect(made).toMatchObject({ revision: 1, settings: { workers: 3 } });
  const { settings, history } = await store.controls(job.id, never);
  expect(settings).toEqual({ workers: 14 });
  expect(history.map(({ by }) => by)).toEqual(["bob", "bob", "bob", "bob", "bob", "ann"]);
});

it("a change that timed out unapplied is not taken for another's, not even for one that is the same", async () => {
  const job = jobOf(1);
  await store.createJob(job, never);
  const moment = vi.spyOn(Date, "now").mockReturnValue(Date.now());
  try {
    const faulty = FaultySession.over(db.session);
    const fates = ["not applied" as const];
    const same = [job.id, { workers: 3 }, "ann", never] as const;
    faulty.fate = async () => {
      const fate = fates.pop();
      if (fate) await store.tune(...same);
      return fate;
    };
    expect(await openStore(faulty, db.keyspace).tune(...same)).toMatchObject({ revision: 2 });
    expect((await store.controls(job.id, never)).history).toHaveLength(2);
  } finally {
    moment.mockRestore();
  }
});
