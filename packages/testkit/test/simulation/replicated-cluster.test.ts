import { MAX_TOKEN, MIN_TOKEN, type Mutation, RekeyError, type Row } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryTable } from "../../src/simulation/memory-table.ts";
import { ReplicatedCluster, type ReplicatedClusterOptions } from "../../src/simulation/replicated-cluster.ts";
import { SeededRandom } from "../../src/simulation/seeded-random.ts";
import type { Statement } from "../../src/simulation/stored-change.ts";
import { VirtualTime } from "../../src/simulation/virtual-time.ts";

const bytes = (text: string) => Buffer.from(text);
const key = (pk: string, ck = "1") => [bytes(pk), bytes(ck)];
const RING = { after: MIN_TOKEN, upTo: MAX_TOKEN };
const { signal } = new AbortController();

function open(options: Partial<ReplicatedClusterOptions> = {}) {
  const time = new VirtualTime();
  const cluster = new ReplicatedCluster(time, new SeededRandom(1), {
    table: { columns: ["email", "phone"], gcGraceSeconds: 60 },
    aheadMs: [0, 0, 0],
    ...options,
  });
  const set = (value: string, more: object = {}) =>
    time.run(
      cluster.execute({ kind: "update", key: key("a"), values: { email: bytes(value) }, ...more }, () => {}),
    );
  const seen = (omitting: number) => text(cluster.peek(key("a"), omitting));
  const query = async () => text((await time.run(cluster.query(key("a")))).row);
  return { time, cluster, set, seen, query };
}

function text(row: Row | undefined): string | undefined {
  const cell = row?.cells[0];
  return cell && String(Buffer.from(cell.value));
}

describe("a quorum", () => {
  it("has every acknowledged write, whichever two replicas answer, with one of three down", async () => {
    const { time, cluster, set, query } = open();
    for (const [index, node] of cluster.nodes.entries()) {
      node.isUp = false;
      await set(`${index}`);
      expect(await query()).toBe(`${index}`);
      node.isUp = true;
      // Its hint comes later: until then this node alone is behind.
      for (let read = 0; read < 5; read += 1) expect(await query()).toBe(`${index}`);
      await time.advance(2_000);
      expect(cluster.isAtRest).toBe(true);
    }
  });

  it("is refused, with nothing written, when two of three are down, and unknown when they do not answer", async () => {
    const { time, cluster, set, query } = open();
    await set("first");
    for (const node of cluster.nodes.slice(1)) node.isUp = false;
    await expect(set("second")).rejects.toMatchObject({ code: "CLUSTER.UNAVAILABLE" });
    await expect(query()).rejects.toMatchObject({ code: "CLUSTER.UNAVAILABLE" });
    for (const node of cluster.nodes) node.isUp = true;
    expect(await query()).toBe("first");
    for (const node of cluster.nodes.slice(1)) node.isDeaf = true;
    await expect(set("third")).rejects.toMatchObject({ code: "CLUSTER.TIMEOUT" });
    for (const node of cluster.nodes) node.isDeaf = false;
    await time.advance(5_000);
    expect(await query()).toBe("third");
  });

  it("is repaired by reading: afterwards every replica that was asked knows what any of them knew", async () => {
    const { cluster, set, query, seen } = open({ hintDelayMs: 1_000_000 });
    await set("old");
    cluster.nodes[2]!.isDeaf = true;
    await set("new");
    cluster.nodes[2]!.isDeaf = false;
    const behind = () => cluster.nodes[2]!.replica.row(key("a"))!.stored("email")!;
    expect(behind()).toMatchObject({ value: Uint8Array.from(bytes("old")) });
    for (let read = 0; read < 20; read += 1) expect(await query()).toBe("new");
    expect(behind()).toMatchObject({ value: Uint8Array.from(bytes("new")) });
    expect([0, 1, 2].map(seen)).toEqual(["new", "new", "new"]);
  });
});

describe("hints", () => {
  it("are not delivered after gc_grace, nor when the table was truncated since", async () => {
    for (const truncates of [false, true]) {
      const { time, cluster, set, seen } = open({ hintDelayMs: truncates ? 1_000 : 61_000 });
      cluster.nodes[0]!.isDeaf = true;
      await set("late");
      cluster.nodes[0]!.isDeaf = false;
      if (truncates) expect(cluster.truncate()).toBe(true);
      await time.advance(70_000);
      expect(cluster.isAtRest).toBe(true);
      expect(cluster.nodes[0]!.replica.row(key("a"))).toBeUndefined();
      expect(seen(0)).toBe(truncates ? undefined : "late");
    }
  });
});

describe("time", () => {
  it("is each coordinator's own: expiries and timestamps come from the node that was asked", async () => {
    const { time, cluster } = open({ aheadMs: [0, 5_000, 10_000] });
    const ahead = new Set<bigint>();
    for (let n = 0; n < 30; n += 1) {
      await time.run(
        cluster.execute(
          { kind: "update", key: key(`${n}`), values: { email: bytes("x") }, ttl: 60 },
          (change) => {
            const [, cell] = change.cells[0]!;
            if (cell.kind !== "expiring") throw new RekeyError("INTERNAL.INVARIANT", "it expires");
            const stampedMs = cell.timestamp / 1000n;
            expect(BigInt(cell.expiresAt - 60)).toBe(stampedMs / 1000n);
            ahead.add(stampedMs - BigInt(time.utcMs));
          },
        ),
      );
    }
    expect(ahead).toEqual(new Set([0n, 5_000n, 10_000n]));
  });

  it("purges on each replica, after which a late write comes back", async () => {
    const { time, cluster, set, seen } = open();
    await set("x", { timestamp: 10n });
    await time.run(cluster.execute({ kind: "deleteRow", key: key("a"), timestamp: 20n }, () => {}));
    cluster.compact();
    await set("late", { timestamp: 15n });
    expect(seen(0)).toBeUndefined();
    await time.advance(62_000);
    cluster.compact();
    await set("late", { timestamp: 15n });
    expect([0, 1, 2].map(seen)).toEqual(["late", "late", "late"]);
  });
});

describe("a compare-and-set", () => {
  it("is decided one at a time, newer than the one before, and told the truth", async () => {
    const { time, cluster, set, query } = open();
    await set("old");
    const cas = (expected: string, value: string) =>
      cluster.compareAndSet(
        cluster.shape,
        key("a"),
        [{ column: "email", expected: bytes(expected), value: bytes(value), ttl: 0 }],
        "QUORUM",
        signal,
      );
    const outcomes = await time.run(Promise.all([cas("old", "one"), cas("old", "two")]));
    expect(outcomes.toSorted()).toEqual(["applied", "lost"]);
    const winner = outcomes[0] === "applied" ? "one" : "two";
    expect(await query()).toBe(winner);
    expect(await time.run(cas(winner, "three"))).toBe("applied");
    expect(await query()).toBe("three");
  });
});

const value = fc.constantFrom("", "00", "01", "ff").map((hex) => Buffer.from(hex, "hex"));
const statement: fc.Arbitrary<Statement & { readonly timestamp: bigint }> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("insert" as const, "update" as const),
    key: fc.constantFrom(key("a", "1"), key("a", "2"), key("b", "1")),
    values: fc.record({ email: fc.option(value), phone: fc.option(value) }),
    timestamp: fc.bigInt({ min: 10n, max: 14n }),
    ttl: fc.constantFrom(0, 1),
  }),
  fc.record({
    kind: fc.constantFrom("deleteRow" as const, "deletePartition" as const),
    key: fc.constantFrom(key("a", "1"), key("b", "1")),
    timestamp: fc.bigInt({ min: 10n, max: 14n }),
  }),
  fc.record({
    kind: fc.constant("update" as const),
    key: fc.constantFrom(key("a", "1"), key("b", "1")),
    values: fc.record({ "notes[00]": fc.option(value), "notes[01]": value }, { requiredKeys: [] }),
    overwrites: fc.constantFrom([], ["notes"]),
    timestamp: fc.bigInt({ min: 10n, max: 14n }),
    ttl: fc.constantFrom(0, 1),
  }),
  fc.record({
    kind: fc.constant("update" as const),
    key: fc.constantFrom(["a"], ["b"]).map(([pk]) => [bytes(pk!)]),
    values: fc.record({ memo: fc.option(value) }),
    timestamp: fc.bigInt({ min: 10n, max: 14n }),
    ttl: fc.constantFrom(0, 1),
  }),
);

it("comes to what one replica would hold, in whatever order writes arrive and whoever misses them", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ statement, deaf: fc.nat(6), slow: fc.nat(3_000) }), { maxLength: 12 }),
      fc.nat(1_000),
      async (steps, seed) => {
        const time = new VirtualTime();
        const table = { columns: ["email", "phone"], maps: ["notes"], statics: ["memo"] };
        const cluster = new ReplicatedCluster(time, new SeededRandom(seed), { table, aheadMs: [0, 0, 0, 0] });
        const single = new MemoryTable(table, () => time.epochMs);
        const writing = steps.map(async ({ statement: drawn, deaf, slow }, index) => {
          // Of two that expire it is the same one that expires later here and there.
          const statement = "ttl" in drawn ? { ...drawn, ttl: drawn.ttl * 10_000 * (index + 1) } : drawn;
          single.execute(statement);
          const node = cluster.nodes[deaf];
          if (node) node.isDeaf = true;
          await cluster.execute(statement, () => {}, slow).catch(() => {});
        });
        await time.run(Promise.all(writing));
        for (const node of cluster.nodes) node.isDeaf = false;
        await time.advance(10_000);
        expect(cluster.isAtRest).toBe(true);
        for (const row of [key("a", "1"), key("a", "2"), key("b", "1")]) {
          for (const omitting of [0, 1, 2]) {
            expect(comparable(cluster.peek(row, omitting))).toEqual(comparable(single.row(row)));
          }
        }
        // As a pass over the partitions reads them, those without rows or without static cells as well.
        const request = {
          table: cluster.staticShape,
          range: RING,
          cursor: undefined,
          maxRows: 9,
          consistency: "QUORUM",
        };
        const page = await time.run(cluster.page(request, signal));
        expect(page.rows.map(comparable)).toEqual(single.rows(RING, "partitions").map(comparable));
      },
    ),
  );
});

/** TTLs only so far that the seconds of delays make no difference. */
function comparable(row: Row | undefined) {
  return [...(row?.cells ?? []), ...(row?.elements ?? [])].map(
    (cell) => cell && { ...cell, ttl: cell.ttl && Math.ceil(cell.ttl / 10_000) },
  );
}

it("pages through every row once", async () => {
  const { time, cluster } = open({ aheadMs: [0, 0, 0, 0, 0] });
  for (let n = 0; n < 20; n += 1) {
    cluster.load({ kind: "insert", key: key(`p${n % 6}`, `${n}`), values: { email: bytes(`${n}`) } });
  }
  const seen: (string | undefined)[] = [];
  let cursor: string | undefined;
  do {
    const request = { table: cluster.shape, range: RING, cursor, maxRows: 3, consistency: "QUORUM" };
    const page = await time.run(cluster.page(request, signal));
    seen.push(...page.rows.map(text));
    cursor = page.next;
  } while (cursor !== undefined);
  expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

it("sends what the engine sends as it is, in groups of rows with the same replicas", async () => {
  const { time, cluster } = open({ aheadMs: [0, 0, 0, 0] });
  const mutations = Array.from(
    { length: 20 },
    (_, n): Mutation => ({
      token: BigInt(n),
      key: key(`${n}`),
      cells: [{ column: "email", value: bytes(`${n}`), timestamp: 7n, ttl: 0 }],
    }),
  );
  const groups = cluster.group(
    cluster.shape,
    mutations.map((mutation) => ({ ...mutation, bytes: 1 })),
  );
  expect(groups.flat()).toHaveLength(20);
  for (const group of groups) expect(new Set(group.map(({ token }) => token % 4n)).size).toBe(1);
  await time.run(Promise.all(groups.map((group) => cluster.send(cluster.shape, group, "QUORUM", signal))));
  for (let n = 0; n < 20; n += 1) expect(cluster.peek(key(`${n}`), 0)?.cells[0]?.writetime).toBe(7n);
});
