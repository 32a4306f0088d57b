import { EventEmitter } from "node:events";
import type { Clock } from "@cassandra-rekey/core";
import type { Client } from "cassandra-driver";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ReplicaRing } from "../src/replica-ring.ts";
import { hostClock } from "./host-clock.ts";

/** A driver client that knows who replicates up to which token. */
class KnownRing extends EventEmitter {
  owners: ReadonlyMap<bigint, readonly string[]>;
  asked = 0;

  constructor(owners: ReadonlyMap<bigint, readonly string[]>) {
    super();
    this.owners = owners;
  }

  readonly metadata = {
    getTokenRanges: () => {
      this.asked += 1;
      return new Set([...this.owners.keys()].map((end) => ({ end })));
    },
    getReplicas: (_keyspace: string, token: bigint) =>
      this.owners.get(token)?.map((address) => ({ address })) ?? null,
  };

  client(): Client {
    return this as unknown as Client;
  }
}

const three = new Map([
  [-100n, ["b", "a"]],
  [100n, ["c", "b"]],
  [0n, ["a", "c"]],
]);

test("a token belongs to the next range end, inclusive, and past the last one to the first", () => {
  const ring = new ReplicaRing(new KnownRing(three).client(), hostClock);
  const sets = [-(2n ** 63n) + 1n, -100n, -99n, 0n, 1n, 100n, 101n, 2n ** 63n - 1n];
  expect(sets.map((token) => ring.replicaSet("shop", token))).toEqual([
    "a b",
    "a b",
    "a c",
    "a c",
    "b c",
    "b c",
    "a b",
    "a b",
  ]);
});

test("a binary search finds what a plain one does", () => {
  const token = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  fc.assert(
    fc.property(fc.uniqueArray(token, { minLength: 1, maxLength: 40 }), token, (ends, wanted) => {
      const ring = new ReplicaRing(
        new KnownRing(new Map(ends.map((end) => [end, [String(end)]]))).client(),
        hostClock,
      );
      const ascending = ends.toSorted((a, b) => (a < b ? -1 : 1));
      const owner = ascending.find((end) => end >= wanted) ?? ascending[0];
      expect(ring.replicaSet("shop", wanted)).toBe(String(owner));
    }),
  );
});

test("the same replicas have one name, in whatever order the driver lists them", () => {
  const owners = new Map([
    [0n, ["b", "a"]],
    [10n, ["a", "b"]],
  ]);
  const ring = new ReplicaRing(new KnownRing(owners).client(), hostClock);
  expect(ring.replicaSet("shop", 0n)).toBe(ring.replicaSet("shop", 5n));
});

test("a topology event is seen with the next token", () => {
  const known = new KnownRing(three);
  const ring = new ReplicaRing(known.client(), hostClock);
  expect(ring.replicaSet("shop", 50n)).toBe("b c");
  known.owners = new Map([...three, [60n, ["d"]]]);
  expect(ring.replicaSet("shop", 50n)).toBe("b c");
  for (const event of ["hostAdd", "hostRemove", "hostUp", "hostDown"]) {
    known.owners = new Map([...three, [60n, [event]]]);
    known.emit(event);
    expect(ring.replicaSet("shop", 50n)).toBe(event);
  }
});

test("a map is built once for many tokens, and again after a minute", () => {
  let nowMs = 0;
  const clock: Clock = { ...hostClock, monotonicMs: () => nowMs };
  const known = new KnownRing(three);
  const ring = new ReplicaRing(known.client(), clock);
  for (let token = 0n; token < 100n; token += 1n) ring.replicaSet("shop", token);
  expect(known.asked).toBe(1);
  nowMs = 60_000;
  ring.replicaSet("shop", 0n);
  expect(known.asked).toBe(2);
});

test("a ring or a keyspace that is not known has one nameless replica set", () => {
  expect(new ReplicaRing(new KnownRing(new Map()).client(), hostClock).replicaSet("shop", 5n)).toBe("");
  const nobody = new Map([[0n, []]]);
  expect(new ReplicaRing(new KnownRing(nobody).client(), hostClock).replicaSet("new", 5n)).toBe("");
});

test("replicas are told one by one as well", () => {
  const ring = new ReplicaRing(new KnownRing(three).client(), hostClock);
  expect(ring.replicas("shop", 0n)).toEqual(["a", "c"]);
  expect(ring.replicas("shop", 2n ** 63n - 1n)).toEqual(["a", "b"]);
  expect(new ReplicaRing(new KnownRing(new Map()).client(), hostClock).replicas("shop", 5n)).toEqual([]);
});

test("what the nodes own covers the ring as often as it is replicated, and is theirs", () => {
  const token = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });
  const nodes = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 3 });
  const owners = fc.uniqueArray(fc.tuple(token, nodes), {
    minLength: 1,
    maxLength: 20,
    selector: ([at]) => at,
  });
  fc.assert(
    fc.property(owners, token, (entries, probe) => {
      const ring = new ReplicaRing(new KnownRing(new Map(entries)).client(), hostClock);
      const owned = ring.owned("shop");
      for (const at of [probe, -(2n ** 63n) + 1n, 2n ** 63n - 1n, ...entries.map(([end]) => end)]) {
        const holders = [...owned]
          .filter(([, ranges]) => ranges.some(({ after, upTo }) => after < at && at <= upTo))
          .map(([node]) => node);
        expect(holders.sort()).toEqual(ring.replicas("shop", at));
      }
      for (const ranges of owned.values())
        ranges.slice(1).forEach(({ after }, index) => {
          expect(after > ranges[index]!.upTo).toBe(true);
        });
    }),
  );
});
