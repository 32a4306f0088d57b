import { describe, expect, it } from "vitest";
import type { RunProgress } from "../../src/reports.ts";
import { filledRun, underOld } from "../filled-run.ts";
import type { RunOptions } from "../simulated-run.ts";
import { key, old, seen } from "../simulated-world.ts";
import { sealedBy } from "../test-keys.ts";

const ROWS = 200;

/** Rows written long before the run. */
const filled = (options: RunOptions = {}) => filledRun(ROWS, options);

describe("young cells", () => {
  it("are left by the sweep and visited once more when they have settled", async () => {
    const run = await filled();
    run.table.update(key("k3"), old({ email: "fresh" }));
    const visits: RunProgress[] = [];
    const report = await run.run({ onProgress: (progress) => visits.push(progress) });
    expect(report).toMatchObject({ outcome: "done", young: 0, totals: { rekeyed: ROWS, scanned: ROWS } });
    expect(seen(run, "k3")![0]).toBe("new:fresh");
    expect(visits.map(({ phase }) => phase)).toContain("settling");
    expect(run.clock.monotonicMs()).toBeGreaterThan(70_000);
  });

  it("are visited no more than once: what is young again is reported", async () => {
    const run = await filled();
    let writes = 0;
    const write = () => {
      writes += 1;
      run.table.update(key("k3"), { email: sealedBy("old", `${writes}`) });
      if (writes < 1_000) run.clock.time.after(100, write);
    };
    write();
    const report = await run.run();
    expect(report).toMatchObject({ outcome: "done", young: 1 });
    expect(report.notes[0]).toContain("still writes with the old key");
    expect(run.clock.monotonicMs()).toBeLessThan(90_000);
  });

  it("hold up the end of the job where another process opened their chunks again a moment ago", async () => {
    const run = await filled({ chunks: 1 });
    run.table.update(key("k3"), old({ email: "fresh" }));
    const { store } = run;
    const claim = store.claim.bind(store);
    store.claim = async (...args) => {
      const answer = await claim(...args);
      // What the other one does once the sweep is over, before this one asks what is left.
      if (answer.kind === "done") {
        await run.clock.time.wait(10_000);
        await store.reopenYoung("j", run.signal);
      }
      return answer;
    };
    const report = await run.run();
    expect(report).toMatchObject({ outcome: "done", young: 0, totals: { rekeyed: ROWS } });
    expect((await run.progress()).chunks).toMatchObject({ pending: 0, done: 1 });
    expect(seen(run, "k3")![0]).toBe("new:fresh");
  });

  it("wait longer where clocks differ", async () => {
    const run = await filled({ aheadMs: 20_000 });
    run.table.update(key("k3"), old({ email: "fresh" }));
    const before = run.clock.monotonicMs();
    expect((await run.run()).young).toBe(0);
    expect(run.clock.monotonicMs() - before).toBeGreaterThanOrEqual(30_000);
  });

  it("are left alone by a dry run and a verification", async () => {
    for (const kind of ["dry-run", "verify"] as const) {
      const run = await filled({ kind });
      run.table.update(key("k3"), old({ email: "fresh" }));
      const before = run.clock.monotonicMs();
      expect((await run.run()).outcome).toBe("done");
      expect(run.clock.monotonicMs() - before).toBeLessThan(5_000);
      expect(underOld(run)).toBe(ROWS);
    }
  });
});
