import { MAX_TOKEN, MIN_TOKEN, type Mutation, RekeyError, type Row } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryCluster } from "../../src/simulation/memory-cluster.ts";
import { VirtualTime } from "../../src/simulation/virtual-time.ts";

const bytes = (text: string) => Buffer.from(text);
const key = (pk: string, ck = "1") => [bytes(pk), bytes(ck)];
const ring = { after: MIN_TOKEN, upTo: MAX_TOKEN };
const { signal } = new AbortController();

function open(rows = 0) {
  const time = new VirtualTime();
  const cluster = new MemoryCluster(time);
  const table = cluster.createTable({ columns: ["email"] });
  for (let index = 0; index < rows; index += 1) {
    table.insert(key(`p${index % 5}`, `c${index}`), { email: bytes(`${index}`) });
  }
  return { time, cluster, table };
}

function mutation(timestamp: bigint, value: string, ttl = 0): Mutation {
  return { token: 0n, key: key("a"), cells: [{ column: "email", value: bytes(value), timestamp, ttl }] };
}

describe("paging", () => {
  it("reads each row of a range once, whatever the page size, also within a partition", async () => {
    const { time, cluster, table } = open(40);
    const all = table.rows().map((row) => String(row.key[1]));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 45 }), async (maxRows) => {
        const seen: Row[] = [];
        let cursor: string | undefined;
        do {
          const request = { table: table.shape, range: ring, cursor, maxRows, consistency: "ONE" };
          const page = await time.run(cluster.page(request, signal));
          seen.push(...page.rows);
          cursor = page.next;
        } while (cursor !== undefined);
        expect(seen.map((row) => String(row.key[1]))).toEqual(all);
      }),
      { numRuns: 20 },
    );
  });

  it("starts the range again on a damaged cursor, and on one of another range", async () => {
    const { time, cluster, table } = open(10);
    const read = (range: typeof ring, cursor: string | undefined) =>
      time.run(cluster.page({ table: table.shape, range, cursor, maxRows: 4, consistency: "ONE" }, signal));
    const first = await read(ring, undefined);
    expect((await read(ring, first.next)).rows).not.toEqual(first.rows);
    for (const damaged of [`${first.next}0`, "nonsense", ""]) {
      expect((await read(ring, damaged)).rows).toEqual(first.rows);
    }
    const half = { after: MIN_TOKEN, upTo: MAX_TOKEN - 1n };
    expect((await read(half, first.next)).rows).toEqual(first.rows);
  });

  it("tells the server's time with rows and not without", async () => {
    const { time, cluster, table } = open(1);
    const request = { table: table.shape, range: ring, cursor: undefined, maxRows: 4, consistency: "ONE" };
    expect((await time.run(cluster.page(request, signal))).serverTimeMs).toBe(time.epochMs + 1);
    table.truncate();
    expect((await time.run(cluster.page(request, signal))).serverTimeMs).toBeUndefined();
  });
});

describe("writes", () => {
  it("land late when they are delayed, though their caller gave up", async () => {
    const { time, cluster, table } = open();
    const controller = new AbortController();
    cluster.failNext("send", { delayMs: 5_000 });
    const sending = cluster.send(table.shape, [mutation(5n, "late")], "ONE", controller.signal);
    const gaveUp = expect(sending).rejects.toBe("gone");
    controller.abort("gone");
    await gaveUp;
    await time.advance(5_000);
    expect(table.row(key("a"))).toBeUndefined();
    await time.advance(1);
    expect(table.row(key("a"))?.cells[0]?.writetime).toBe(5n);
  });

  it("fail once, before or after they took effect", async () => {
    const { time, cluster, table } = open();
    const error = new RekeyError("CLUSTER.TIMEOUT", "made up");
    const send = (value: string) =>
      time.run(cluster.send(table.shape, [mutation(BigInt(value), value)], "ONE", signal));
    cluster.failNext("send", { error });
    cluster.failNext("send", { error, applied: true });
    await expect(send("1")).rejects.toBe(error);
    expect(table.row(key("a"))).toBeUndefined();
    await expect(send("2")).rejects.toBe(error);
    expect(table.row(key("a"))?.cells[0]?.writetime).toBe(2n);
    await send("3");
    expect(table.row(key("a"))?.cells[0]?.writetime).toBe(3n);
  });

  it("refuse a negative TTL, as CQL does", async () => {
    const { time, cluster, table } = open();
    await expect(
      time.run(cluster.send(table.shape, [mutation(1n, "x", -1)], "ONE", signal)),
    ).rejects.toMatchObject({ code: "CLUSTER.INVALID_QUERY" });
  });

  it("are grouped by replica set without loss, each once and in order", () => {
    const { cluster, table } = open();
    fc.assert(
      fc.property(fc.array(fc.bigInt(MIN_TOKEN, MAX_TOKEN)), (tokens) => {
        const items = tokens.map((token, index) => ({ token, bytes: 1, index }));
        const groups = cluster.group(table.shape, items);
        expect(
          groups
            .flat()
            .map(({ index }) => index)
            .sort((a, b) => a - b),
        ).toEqual(tokens.map((_, i) => i));
        for (const group of groups) {
          expect(group.map(({ index }) => index)).toEqual(
            group.map(({ index }) => index).sort((a, b) => a - b),
          );
        }
      }),
    );
  });
});

describe("compare-and-set", () => {
  const cells = (expected: string, value: string) => [
    { column: "email", expected: bytes(expected), value: bytes(value), ttl: 0 },
  ];

  it("writes when the value is the expected one, and says lost when not", async () => {
    const { time, cluster, table } = open();
    table.insert(key("a"), { email: bytes("old") });
    const set = (expected: string) =>
      time.run(cluster.compareAndSet(table.shape, key("a"), cells(expected, "new"), "QUORUM", signal));
    expect(await set("other")).toBe("lost");
    expect(await set("old")).toBe("applied");
    expect(String(Buffer.from(table.row(key("a"))!.cells[0]!.value))).toBe("new");
    expect(await set("old")).toBe("lost");
  });

  it("says applied over a cell dated ahead, and changes nothing", async () => {
    const { time, cluster, table } = open();
    const ahead = table.stamp() + 60_000_000n;
    table.insert(key("a"), { email: bytes("old") }, { timestamp: ahead });
    const answer = cluster.compareAndSet(table.shape, key("a"), cells("old", "new"), "QUORUM", signal);
    expect(await time.run(answer)).toBe("applied");
    expect(table.row(key("a"))!.cells[0]!.writetime).toBe(ahead);
  });

  it("leaves the outcome unknown on request, applied or not", async () => {
    const { time, cluster, table } = open();
    table.insert(key("a"), { email: bytes("old") });
    const error = new RekeyError("CLUSTER.TIMEOUT", "made up");
    const set = () =>
      time.run(cluster.compareAndSet(table.shape, key("a"), cells("old", "new"), "QUORUM", signal));
    cluster.failNext("compareAndSet", { error, applied: false });
    expect(await set()).toBe("unknown");
    cluster.failNext("compareAndSet", { error, applied: true });
    expect(await set()).toBe("unknown");
    expect(await set()).toBe("lost");
    cluster.failNext("compareAndSet", { error });
    await expect(set()).rejects.toBe(error);
  });
});
