import { MAX_TOKEN, MIN_TOKEN, type TokenRange } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitRing } from "../../src/planner/split-ring.ts";
import { passId } from "../../src/tables/job-table-id.ts";
import { healing, perReplica } from "../../src/verify/per-replica.ts";
import { planned } from "../simulated-job.ts";

const token = fc.bigInt({ min: MIN_TOKEN + 1n, max: MAX_TOKEN });

/** Disjoint ranges in ring order. */
const owned = fc.uniqueArray(token, { minLength: 2, maxLength: 12 }).map((tokens) => {
  const sorted = tokens.toSorted((a, b) => (a < b ? -1 : 1));
  const ranges: TokenRange[] = [];
  for (let at = 0; at + 1 < sorted.length; at += 2)
    ranges.push({ after: sorted[at]!, upTo: sorted[at + 1]! });
  return ranges;
});

const covers = (ranges: readonly TokenRange[], at: bigint) =>
  ranges.filter(({ after, upTo }) => after < at && at <= upTo).length;

describe("a verification per replica", () => {
  it("goes over exactly what each node holds, each token once", () => {
    fc.assert(
      fc.property(owned, fc.integer({ min: 1, max: 20 }), token, (ranges, chunks, at) => {
        const job = planned("j", splitRing(chunks), { kind: "verify" });
        const [table] = perReplica(job, () => new Map([["10.0.0.1:9042", ranges]])).tables;
        for (const probe of [at, ...ranges.flatMap(({ after, upTo }) => [after, upTo])])
          expect(covers(table!.ranges, probe)).toBe(covers(ranges, probe));
      }),
    );
  });

  it("reads from one node at ONE, and keeps the name of its table", () => {
    const all = [{ after: MIN_TOKEN, upTo: MAX_TOKEN }];
    const nodes = new Map([
      ["10.0.0.1:9042", all],
      ["10.0.0.2:9042", all],
      ["10.0.0.3:9042", []],
    ]);
    const { tables } = perReplica(planned("j", splitRing(4), { kind: "verify" }), () => nodes);
    expect(tables.map(({ id }) => id)).toEqual(["users@10.0.0.1:9042", "users@10.0.0.2:9042"]);
    expect(tables[0]).toMatchObject({ replica: "10.0.0.1:9042", readConsistency: "ONE", name: "users" });
    expect(tables.map(passId)).toEqual(["users", "users"]);
  });

  it("that heals reads at ALL from all of them", () => {
    const job = planned("j", splitRing(4), { kind: "verify" });
    expect(healing(job).tables).toEqual([{ ...job.tables[0], readConsistency: "ALL" }]);
  });
});
