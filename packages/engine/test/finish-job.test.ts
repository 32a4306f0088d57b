import { type CellSource, type ChunkCounts, RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { openRun, type RunOptions } from "./simulated-run.ts";
import { key, old } from "./simulated-world.ts";

const ROWS = 40;

async function filled(options: RunOptions = {}) {
  const run = await openRun({ chunks: 4, ...options });
  for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}` }));
  await run.clock.advance(60_000);
  return run;
}

describe("the end of a job", () => {
  it("is not where the store has lost chunks: parts of the table would not have been read", async () => {
    const run = await filled();
    const progress = run.store.progress.bind(run.store);
    const lost = (chunks: ChunkCounts) => ({ ...chunks, pending: 0, done: 0 });
    run.store.progress = async (...args) =>
      (await progress(...args)).map((table) => ({ ...table, chunks: lost(table.chunks) }));
    await expect(run.run()).rejects.toMatchObject({
      code: "STATE.CORRUPT",
      problems: ["users: 0 chunks where 4 were planned"],
    });
    expect(await run.state()).toBe("running");
  });

  it("is its end also where another process, which looked too early, has just called it failed", async () => {
    const run = await filled();
    const transition = run.store.transition.bind(run.store);
    run.store.transition = async (id, from, to, signal) => {
      if (to === "done") await transition(id, ["running"], "failed", signal);
      return transition(id, from, to, signal);
    };
    expect(await run.run()).toMatchObject({ outcome: "done" });
    expect(await run.state()).toBe("done");
  });

  it("waits for chunks that another process opened again just before", async () => {
    let refusing = true;
    const source = (real: CellSource): CellSource => ({
      row: (...args) => real.row(...args),
      page: async (...args) => {
        if (refusing) throw new RekeyError("CLUSTER.UNSUPPORTED", "made up");
        return real.page(...args);
      },
    });
    const run = await filled({ kind: "verify", source, execution: { maxAttempts: 1 } });
    const claim = run.store.claim.bind(run.store);
    run.store.claim = async (...args) => {
      const claimed = await claim(...args);
      if (claimed.kind !== "done" || !refusing) return claimed;
      // This process has heard that nothing is left, and is about to close the job.
      refusing = false;
      await run.store.reopenFailed("j", run.signal);
      return claimed;
    };
    expect(await run.run()).toMatchObject({ outcome: "done", totals: { scanned: ROWS } });
    expect((await run.progress()).chunks).toMatchObject({ pending: 0, done: 4, failed: 0 });
  });
});
