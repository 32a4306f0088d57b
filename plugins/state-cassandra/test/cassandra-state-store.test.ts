import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { describeStateStore, SeededRandom, type StoreStorage } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { FaultySession } from "./faulty-session.ts";
import { never, openStore, useStateCluster } from "./fixture.ts";

const MINUTE_MS = 60_000;
/** Wall clocks of the hosts that share a job, apart from the cluster's. */
const WRONG_BY = [0, 5 * MINUTE_MS, -7 * MINUTE_MS];

const db = useStateCluster();

/** All tests share one keyspace: each plans jobs of its own. */
function storage(over: ClusterSession): StoreStorage {
  let opened = 0;
  return {
    open: async () => openStore(over, db.keyspace, { aheadMs: WRONG_BY[opened++ % WRONG_BY.length]! }),
    elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    [Symbol.asyncDispose]: async () => {},
  };
}

describeStateStore(
  { describe, it },
  {
    name: "Cassandra, asked by hosts whose clocks differ by minutes,",
    clock: "real",
    histories: { count: 3, steps: 60 },
    create: async () => storage(db.session),
  },
);

describeStateStore(
  { describe, it },
  {
    name: "Cassandra that often does not answer in time",
    clock: "real",
    histories: { count: 3, steps: 60 },
    async create() {
      const dice = new SeededRandom(5);
      const faulty = FaultySession.over(db.session);
      faulty.fate = () => {
        const rolled = dice.fraction();
        if (rolled < 0.08) return "applied";
        if (rolled < 0.16) return "not applied";
        if (rolled < 0.2) return "applied late";
        return rolled < 0.24 ? "refused at its commit" : undefined;
      };
      return storage(faulty);
    },
  },
);

describe("a state keyspace that is not there", () => {
  it("is told of with the command that makes it", async () => {
    const store = openStore(db.session, "rekeytest_missing");
    for (const call of [
      () => store.jobs(never),
      () => store.job("11111111-2222-4333-8444-555555555555", never),
      () => store.claim("11111111-2222-4333-8444-555555555555", "w", 1000, never),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: "STATE.NOT_INITIALISED",
        message: expect.stringContaining("rekeytest_missing"),
        hint: expect.stringContaining("init-state"),
      });
    }
  });

  it("is told of as well where only the tables are missing", async () => {
    const store = openStore(db.session, await db.another());
    await expect(store.jobs(never)).rejects.toMatchObject({ code: "STATE.NOT_INITIALISED" });
  });

  it("is told of as well when it is dropped while it is in use", async () => {
    const dropped = await db.another();
    const store = openStore(db.session, dropped);
    await store.init(never);
    expect(await store.jobs(never)).toEqual([]);
    await db.session.execute(`DROP KEYSPACE ${dropped}`, [], { prepare: false });
    await expect(store.jobs(never)).rejects.toMatchObject({ code: "STATE.NOT_INITIALISED" });
  });
});
