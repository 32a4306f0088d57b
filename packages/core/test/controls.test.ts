import { describe, expect, it } from "vitest";
import { NO_CONTROLS, tuned } from "../src/controls.ts";

describe("tuned", () => {
  it("sets what is named, keeps the rest, and tells who and when", () => {
    const first = tuned(NO_CONTROLS, { workers: 4, maxInFlight: 8 }, "ann@pod-1", 100);
    expect(first).toEqual({
      settings: { workers: 4, maxInFlight: 8 },
      revision: 1,
      history: [{ revision: 1, change: { workers: 4, maxInFlight: 8 }, by: "ann@pod-1", at: 100 }],
    });
    const second = tuned(first, { workers: 2 }, "bob@pod-2", 200);
    expect(second.settings).toEqual({ workers: 2, maxInFlight: 8 });
    expect(second.history.map(({ by, revision }) => [by, revision])).toEqual([
      ["bob@pod-2", 2],
      ["ann@pod-1", 1],
    ]);
  });

  it("gives a setting back to the configuration", () => {
    const set = tuned(NO_CONTROLS, { workers: 4, thresholdMs: 50 }, "ann", 1);
    expect(tuned(set, { workers: null }, "ann", 2).settings).toEqual({ thresholdMs: 50 });
  });

  it("remembers the last twenty changes", () => {
    let controls = NO_CONTROLS;
    for (let n = 1; n <= 30; n += 1) controls = tuned(controls, { workers: n }, "ann", n);
    expect(controls.history).toHaveLength(20);
    expect(controls.history.at(-1)?.revision).toBe(11);
    expect(controls.revision).toBe(30);
  });
});
