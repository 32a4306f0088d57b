import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Condition } from "../../src/simulation/condition.ts";
import { MemoryTable } from "../../src/simulation/memory-table.ts";
import { ReplicatedCluster } from "../../src/simulation/replicated-cluster.ts";
import { SeededRandom } from "../../src/simulation/seeded-random.ts";
import type { Statement, StoredChange } from "../../src/simulation/stored-change.ts";
import { VirtualTime } from "../../src/simulation/virtual-time.ts";

const bytes = (text: string) => Buffer.from(text);
const KEY = [bytes("a"), bytes("1")];
const { signal } = new AbortController();

function open(seed = 1, aheadMs: readonly number[] = [0, 0, 0, 0]) {
  const time = new VirtualTime();
  const cluster = new ReplicatedCluster(time, new SeededRandom(seed), {
    table: { columns: ["email", "phone"] },
    aheadMs,
  });
  /** `UPDATE … SET email = value IF email = expected`. */
  const set = (
    expected: string | null,
    value: string,
    onDecided: (change: StoredChange) => void = () => {},
  ) =>
    cluster.transact(
      { kind: "update", key: KEY, values: { email: bytes(value) }, ttl: 0 },
      { email: expected === null ? null : bytes(expected) },
      onDecided,
    );
  const read = async (consistency = "SERIAL") => {
    const { row } = await time.run(cluster.query(KEY, consistency));
    const cell = row?.cells[0];
    return cell ? String(Buffer.from(cell.value)) : null;
  };
  return { time, cluster, set, read };
}

const trouble = fc.record({
  atMs: fc.nat(400),
  node: fc.nat(3),
  how: fc.constantFrom("down", "deaf", "slow", "dies"),
  forMs: fc.nat(2_500),
  acceptedBy: fc.nat(3),
});

describe("transactions", () => {
  it("are decided one after the other, whatever is down, deaf or slow and whoever dies", async () => {
    let applied = 0;
    let unknown = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(10_000),
        fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 4, maxLength: 4 }),
        fc.array(trouble, { maxLength: 6 }),
        async (seed, aheadMs, troubles) => {
          const { time, cluster, set, read } = open(seed, aheadMs);
          for (const { atMs, node: index, how, forMs } of troubles) {
            const node = cluster.nodes[index]!;
            const be = (isIll: boolean) => {
              if (how === "down") node.isUp = !isIll;
              if (how === "deaf") node.isDeaf = isIll;
              if (how === "slow") node.slowMs = isIll ? forMs : 0;
            };
            time.after(atMs, () => be(true));
            time.after(atMs + forMs, () => be(false));
          }
          const dying = troubles.filter(({ how }) => how === "dies");
          let asked = 0;
          cluster.listener.fault = () => {
            asked += 1;
            const found = dying.find(({ atMs }) => atMs % 12 === asked);
            return found && { diesWhenAcceptedBy: found.acceptedBy };
          };
          /** What was expected, by the value that took its place and was acknowledged. */
          const chain = new Map<string, string | null>();
          const maybe = new Map<string, string | null>();
          const client = async (name: string) => {
            for (let turn = 0; turn < 4; turn += 1) {
              try {
                const { row } = await cluster.query(KEY, "SERIAL");
                const cell = row?.cells[0];
                const before = cell ? String(Buffer.from(cell.value)) : null;
                const value = `${name}${turn}`;
                const outcome = await set(before, value);
                if (outcome === "applied") chain.set(value, before);
                if (outcome === "unknown") maybe.set(value, before);
              } catch {
                await time.wait(100);
              }
            }
          };
          await time.run(Promise.all(["x", "y", "z"].map(client)));
          await time.advance(10_000);
          applied += chain.size;
          unknown += maybe.size;
          const last = await read();
          // From the last value back to the first, over each acknowledged one, and none took the same one's place.
          const history: (string | null)[] = [last];
          for (let at = last; at !== null; history.push(at)) at = chain.get(at) ?? maybe.get(at) ?? null;
          expect(history.at(-1)).toBeNull();
          for (const value of chain.keys()) expect(history).toContain(value);
          for (const omitting of [0, 1, 2]) {
            const seen = cluster.peek(KEY, omitting)?.cells[0];
            expect(seen ? String(Buffer.from(seen.value)) : null).toBe(last);
          }
        },
      ),
      { numRuns: 150 },
    );
    expect(applied).toBeGreaterThan(100);
    expect(unknown).toBeGreaterThan(10);
  });

  it("are refused, with nothing done, when two of three replicas are down", async () => {
    const { time, cluster, set, read } = open(1, [0, 0, 0]);
    for (const node of cluster.nodes.slice(1)) node.isUp = false;
    await expect(time.run(set(null, "x"))).rejects.toMatchObject({ code: "CLUSTER.UNAVAILABLE" });
    for (const node of cluster.nodes) node.isUp = true;
    expect(await read()).toBeNull();
  });
});

describe("a transaction that is left in the middle", () => {
  it.each([1, 2, 3])(
    "is decided by the next one, once and for all (%s of 3 accepted)",
    async (acceptedBy) => {
      const { time, cluster, set, read } = open(acceptedBy, [0, 0, 0]);
      await time.run(set(null, "first"));
      cluster.listener.fault = () => ({ diesWhenAcceptedBy: acceptedBy });
      const decided: bigint[] = [];
      const outcome = await time.run(
        set("first", "second", ({ cells }) => decided.push(cells[0]![1].timestamp)),
      );
      cluster.listener.fault = () => undefined;
      expect(outcome).toBe("unknown");
      // Nobody sees it, and nobody knows.
      expect(await read("QUORUM")).toBe("first");
      expect(decided).toEqual([]);
      const now = await read("SERIAL");
      expect(now).toBe(decided.length > 0 ? "second" : "first");
      if (acceptedBy > 1) expect(now).toBe("second");
      expect(await time.run(set(now, "third"))).toBe("applied");
      await time.advance(1_000);
      expect([await read(), await read("QUORUM")]).toEqual(["third", "third"]);
    },
  );
});

const value = fc.constantFrom("", "00", "ff").map((hex) => Buffer.from(hex, "hex"));
const step = fc.record({
  kind: fc.constantFrom("insert" as const, "update" as const, "deleteRow" as const, "compareAndSet" as const),
  condition: fc.oneof(
    fc.constantFrom<Condition>("exists", "does not exist"),
    fc.record({ email: fc.option(value) }),
  ),
  email: value,
  phone: fc.option(value),
  ttl: fc.constantFrom(0, 1),
  deaf: fc.nat(6),
});

it("come to what one replica would hold, one at a time, whoever misses them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 10 }), fc.nat(1_000), async (steps, seed) => {
      const { time, cluster } = open(seed);
      const single = new MemoryTable({ columns: ["email", "phone"] }, () => time.utcMs);
      for (const [index, { kind, condition, email, phone, ttl: expires, deaf }] of steps.entries()) {
        const ttl = expires * 10_000 * (index + 1);
        for (const node of cluster.nodes) node.isDeaf = node.index === deaf;
        if (kind === "compareAndSet") {
          const cells = [{ column: "email", expected: Buffer.alloc(0), value: email, ttl }];
          const answer = cluster.compareAndSet(cluster.shape, KEY, cells, "QUORUM", signal);
          const update: Statement = { kind: "update", key: KEY, values: { email }, ttl };
          const isApplied = single.transact(update, { email: Buffer.alloc(0) });
          expect(await time.run(answer)).toBe(isApplied ? "applied" : "lost");
          continue;
        }
        const statement: Statement =
          kind === "deleteRow" ? { kind, key: KEY } : { kind, key: KEY, values: { email, phone }, ttl };
        const isApplied = single.transact(statement, condition);
        const answer = await time.run(cluster.transact(statement, condition, () => {}));
        expect(answer).toBe(isApplied ? "applied" : "lost");
      }
      for (const node of cluster.nodes) node.isDeaf = false;
      await time.advance(5_000);
      expect(cluster.isAtRest).toBe(true);
      const wanted = comparable(single.row(KEY));
      for (const omitting of [0, 1, 2]) expect(comparable(cluster.peek(KEY, omitting))).toEqual(wanted);
    }),
  );
});

function comparable(row: ReturnType<MemoryTable["row"]>) {
  return row?.cells.map(
    (cell) => cell && [Buffer.from(cell.value).toString("hex"), cell.ttl && Math.ceil(cell.ttl / 10_000)],
  );
}
