import { type Totals, UNKNOWN_VERSION, ZERO_TOTALS } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { openKeyGuard } from "../../src/executor/open-key-guard.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { planned } from "../simulated-job.ts";
import { openRun } from "../simulated-run.ts";

const tables = new Map([
  ["users", { keyringOf: (column: string) => (column === "card" ? "cards" : "keys") }],
]);
const line = (column: string, keyVersion: string, cells: number) => ({
  column,
  keyVersion,
  cells,
  newestWritetime: 1n,
});

/** The guard of a job of which an earlier run has finished one chunk with these totals. */
async function guardAfter(totals: Partial<Totals>) {
  const { store, settings, signal } = await openRun();
  await store.createJob(planned("k", splitRing(2)), signal);
  const claim = await store.claim("k", "w", 60_000, signal);
  if (claim.kind !== "chunk") throw new Error("nothing to claim");
  await store.finish(
    claim.lease,
    { seq: 1, cursor: undefined, totals: { ...ZERO_TOTALS, ...totals } },
    signal,
  );
  const job = (await store.job("k", signal))!;
  return openKeyGuard({ store, settings }, job, tables, signal);
}

describe("the guard of a job that goes on", () => {
  const place = { table: { id: "users" }, ...tables.get("users")! };
  const refused = (column: string) => ({ census: [line(column, UNKNOWN_VERSION, 1000)], quarantine: [] });
  const wrongKey = expect.objectContaining({ code: "JOB.WRONG_KEY" });

  it("knows for each keyring whether it has opened anything", async () => {
    const guard = await guardAfter({
      scanned: 9,
      census: [line("email", "old", 5), line("email", "new", 4)],
    });
    guard.check(refused("email"), place, 0);
    expect(() => guard.check(refused("card"), place, 0)).toThrow(wrongKey);
  });

  it("takes nothing for opened that was not", async () => {
    const guard = await guardAfter({
      scanned: 9,
      quarantined: 9,
      census: [line("email", UNKNOWN_VERSION, 9)],
    });
    expect(() => guard.check(refused("email"), place, 0)).toThrow(wrongKey);
  });

  it("goes by rows where there is no census: the Python tool keeps none", async () => {
    (await guardAfter({ scanned: 9, quarantined: 8 })).check(refused("email"), place, 0);
    const guard = await guardAfter({ scanned: 9, quarantined: 9 });
    expect(() => guard.check(refused("email"), place, 0)).toThrow(wrongKey);
  });
});
