import { ManualClock } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { OutageWatch } from "../../src/executor/outage-watch.ts";

describe("the watch for nodes that are down", () => {
  it("keeps when each was first seen down, however far apart the looks are", async () => {
    const clock = new ManualClock();
    const down = new Set<string>();
    const watch = new OutageWatch({ hintedMs: 5, down: () => [...down] }, clock);
    expect(watch.look()).toEqual([]);
    down.add("a");
    const fromMs = clock.wallMs();
    watch.look();
    await clock.advance(600_000);
    down.add("b");
    const untilMs = fromMs + 600_000;
    expect(watch.look()).toEqual([
      { node: "a", fromMs, untilMs, hintedMs: 5 },
      { node: "b", fromMs: untilMs, untilMs, hintedMs: 5 },
    ]);
    down.delete("a");
    await clock.advance(1_000);
    expect(watch.look().map(({ node }) => node)).toEqual(["b"]);
    down.add("a");
    expect(watch.look().find(({ node }) => node === "a")?.fromMs).toBe(untilMs + 1_000);
  });

  it("tells which have been down since before it began, until they are up", async () => {
    const clock = new ManualClock();
    const down = new Set(["a"]);
    const watch = new OutageWatch({ hintedMs: 5, down: () => [...down] }, clock);
    down.add("b");
    const marks = () => watch.look().map(({ node, sinceBefore }) => [node, sinceBefore]);
    expect(marks()).toEqual([
      ["a", true],
      ["b", undefined],
    ]);
    down.delete("a");
    watch.look();
    down.add("a");
    expect(marks()).toEqual([
      ["b", undefined],
      ["a", undefined],
    ]);
  });

  it("sees nothing where nobody tells", () => {
    expect(new OutageWatch(undefined, new ManualClock()).look()).toEqual([]);
  });
});
