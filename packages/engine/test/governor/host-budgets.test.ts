import fc from "fast-check";
import { expect, test } from "vitest";
import { governed } from "./throttle-stub.ts";

const reason = "throttle-cluster-load: a has 80 pending tasks > 50";

test("a hot node holds back what it replicates, and nothing else", async () => {
  const { clock, governor, left, permits, leave } = governed([{ perHost: new Map([["a", 1]]), reason }]);
  void leave("first", "page", ["a", "b"]);
  void leave("held", "page", ["c", "a"]);
  void leave("free", "page", ["b", "c"]);
  void leave("unknown", "page");
  await clock.advance(1_000);
  expect(left).toEqual(["first", "free", "unknown"]);
  expect(governor.reason).toBe(reason);
  permits.get("first")!.release();
  await clock.time.idle();
  expect(left.at(-1)).toBe("held");
  expect(governor.reason).toBeUndefined();
});

test("the lowest budget of a node applies, and is never none", async () => {
  const { clock, left, leave } = governed([
    { perHost: new Map([["a", 4]]), reason: "wide" },
    { perHost: new Map([["a", 0.5]]), reason: "tight" },
  ]);
  for (const name of ["1", "2", "3"]) void leave(name, "write", ["a"]);
  await clock.advance(1_000);
  expect(left).toEqual(["1"]);
});

test("what waits for two hot nodes is not overtaken at one of them", async () => {
  const hot = new Map([
    ["a", 1],
    ["b", 1],
  ]);
  const { clock, left, permits, leave } = governed([{ perHost: hot, reason }]);
  void leave("a1", "write", ["a"]);
  void leave("b1", "write", ["b"]);
  void leave("both", "write", ["a", "b"]);
  void leave("a2", "write", ["a"]);
  await clock.time.idle();
  permits.get("a1")!.release();
  await clock.time.idle();
  expect(left).toEqual(["a1", "b1"]);
  permits.get("b1")!.release();
  await clock.time.idle();
  expect(left).toEqual(["a1", "b1", "both"]);
});

test("throttles hear which nodes a request went to", async () => {
  const { governor, throttles } = governed([{}]);
  const permit = await governor.leave("write", new AbortController().signal, ["a", "b"]);
  const sample = { kind: "write", rows: 1, bytes: 2, latencyMs: 3 } as const;
  permit.release(sample);
  expect(throttles[0]!.observe).toHaveBeenCalledExactlyOnceWith({ ...sample, replicas: ["a", "b"] });
});

test("whatever is asked for, every request gets its turn and no budget is exceeded", async () => {
  const host = fc.constantFrom("a", "b", "c", "d");
  const request = fc.record({
    kind: fc.constantFrom("page" as const, "write" as const),
    replicas: fc.uniqueArray(host, { maxLength: 3 }),
  });
  const budgets = fc.dictionary(host, fc.integer({ min: 1, max: 3 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { maxLength: 25 }),
      budgets,
      fc.integer({ min: 1, max: 5 }),
      async (requests, budget, maxInFlight) => {
        const { clock, left, permits, leave } = governed(
          [{ perHost: new Map(Object.entries(budget)), reason }],
          maxInFlight,
        );
        requests.forEach(({ kind, replicas }, index) => void leave(String(index), kind, replicas));
        await clock.time.idle();
        const ended = new Set<string>();
        while (ended.size < left.length) {
          const open = left.filter((name) => !ended.has(name));
          expect(open.length).toBeLessThanOrEqual(maxInFlight);
          for (const [name, most] of Object.entries(budget)) {
            const there = open.filter((each) => requests[Number(each)]!.replicas.includes(name as "a"));
            expect(there.length).toBeLessThanOrEqual(most);
          }
          ended.add(open[0]!);
          permits.get(open[0]!)!.release();
          await clock.time.idle();
        }
        expect(left).toHaveLength(requests.length);
      },
    ),
    { numRuns: 60 },
  );
});
