import type { ClusterSession } from "@cassandra-rekey/cassandra";
import { MAX_TOKEN, MIN_TOKEN, type NewJob, type TokenRange, ZERO_TOTALS } from "@cassandra-rekey/core";
import { ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import type { VerifyRequest } from "../../src/engine.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { grownReplicas, refuseOtherReading, unasked, verificationOf } from "../../src/verify/verify-job.ts";
import { host } from "../doctor/fake-session.ts";
import { planned, stored } from "../simulated-job.ts";
import { settingsOf } from "../simulated-run.ts";

const LOCAL = "10.0.0.1:9042";
const REMOTE = "10.1.0.1:9042";

/** A cluster of two data centres, with the nodes that hold each keyspace. */
function cluster(holders: Readonly<Record<string, readonly string[]>>): ClusterSession {
  const all = [{ after: MIN_TOKEN, upTo: MAX_TOKEN }];
  const session = {
    localDc: "dc1",
    hosts: () => [host({ address: LOCAL }), host({ address: REMOTE, dataCenter: "dc2" })],
    ring: { owned: (keyspace: string) => new Map((holders[keyspace] ?? []).map((node) => [node, all])) },
  };
  return session as unknown as ClusterSession;
}

/** A planned verification of `users` in two keyspaces, and its settings. */
function twoTables() {
  const settings = settingsOf({});
  const [app] = settings.tables;
  const { tables } = planned("v", splitRing(2), { kind: "verify" });
  const job: NewJob = {
    id: "v",
    kind: "verify",
    tables: [...tables, { ...tables[0]!, id: "logs.users", keyspace: "logs" }],
  };
  return { job, settings: { ...settings, tables: [app!, { ...app!, keyspace: "logs" }] } };
}

const perReplica = { perReplica: true };

describe("a verification per replica", () => {
  it("asks the local nodes that hold a table", () => {
    const { job, settings } = twoTables();
    const session = cluster({ app: [LOCAL, REMOTE], logs: [LOCAL] });
    const asked = verificationOf(job, perReplica, session, settings);
    expect(asked.tables.map(({ id }) => id)).toEqual([`users@${LOCAL}`, `logs.users@${LOCAL}`]);
    expect(unasked(stored(asked), session, settings)).toEqual([]);
  });

  it("says which table no local node holds: nothing of it was read", () => {
    const { job, settings } = twoTables();
    const session = cluster({ app: [LOCAL], logs: [REMOTE] });
    const asked = verificationOf(job, perReplica, session, settings);
    expect(unasked(stored(asked), session, settings)).toEqual([
      expect.stringMatching(/^logs\.users was not read: no node of dc1/),
    ]);
  });

  it("says which node holds more of the ring by now than it was asked for", async () => {
    const settings = settingsOf({});
    const random = new SeededRandom(1);
    const bounds = Array.from(
      { length: 768 },
      () => MIN_TOKEN + BigInt(Math.floor(random.fraction() * 2 ** 53)) * 2n ** 11n,
    );
    bounds.sort((a, b) => (a < b ? -1 : 1));
    const third = bounds.flatMap((upTo, index) =>
      index % 3 === 0 && index > 0 ? [{ after: bounds[index - 1]!, upTo }] : [],
    );
    const sessionOf = (ranges: readonly TokenRange[]) => {
      const session = cluster({ app: [LOCAL] });
      return { ...session, ring: { owned: () => new Map([[LOCAL, ranges]]) } } as unknown as ClusterSession;
    };
    const job = planned("v", splitRing(100), { kind: "verify" });
    const asked = verificationOf(job, perReplica, sessionOf(third), settings);
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const store = new MemoryStateStore(clock, random);
    await clock.run(store.createJob(asked, signal));
    for (const _ of asked.tables[0]!.ranges) {
      const claim = await clock.run(store.claim("v", "w", 60_000, signal));
      if (claim.kind !== "chunk") throw new Error("nothing to claim");
      await clock.run(store.finish(claim.lease, { seq: 1, cursor: undefined, totals: ZERO_TOTALS }, signal));
    }
    const progress = await clock.run(store.progress("v", signal));
    const grown = (now: readonly TokenRange[]) =>
      grownReplicas(stored(asked), progress, sessionOf(now), settings);
    expect(grown(third)).toEqual([]);
    expect(grown(third.slice(1))).toEqual([]);
    const line = `${LOCAL} holds more of app.users now than it was asked for`;
    expect(grown([...third, { after: bounds[0]!, upTo: bounds[1]! }])).toEqual([line]);
    expect(grown([{ after: MIN_TOKEN, upTo: MAX_TOKEN }])).toEqual([line]);
    expect(grownReplicas(stored(job), progress, sessionOf(third), settings)).toEqual([]);
  });

  it("is not taken from one that was begun otherwise, nor is one at ALL", () => {
    const { job, settings } = twoTables();
    const session = cluster({ app: [LOCAL], logs: [LOCAL] });
    const begun = (request: VerifyRequest) => stored(verificationOf(job, request, session, settings));
    for (const asked of [perReplica, { heal: true }]) {
      expect(() => refuseOtherReading(begun({}), asked)).toThrow(/^verification v was not begun so as to /);
      expect(() => refuseOtherReading(begun(asked), asked)).not.toThrow();
      expect(() => refuseOtherReading(begun(asked), {})).not.toThrow();
    }
    expect(() => refuseOtherReading(begun(perReplica), { heal: true })).toThrow(/read at ALL/);
    expect(() => refuseOtherReading(begun({ heal: true }), perReplica)).toThrow(/each replica alone/);
  });

  it("is refused where there is nobody to ask, which would find nothing", () => {
    const { job, settings } = twoTables();
    const nowhere = cluster({ app: [REMOTE], logs: [REMOTE] });
    expect(() => verificationOf(job, perReplica, nowhere, settings)).toThrow(
      expect.objectContaining({ code: "USAGE.INVALID" }),
    );
  });
});

describe("a verification", () => {
  it("says which table was configured since it began: nothing of it was read", () => {
    const { job, settings } = twoTables();
    const session = cluster({ app: [LOCAL], logs: [LOCAL] });
    expect(unasked(stored(job), session, settings)).toEqual([]);
    const more = { ...settings, tables: [...settings.tables, { ...settings.tables[0]!, name: "cards" }] };
    expect(unasked(stored(job), session, more)).toEqual([
      "app.cards was not read: it was configured since this verification began",
    ]);
  });
});
