import {
  type CellSink,
  RekeyError,
  type RekeyEvent,
  type StateStore,
  type TableSchema,
} from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import type { RunParts } from "../src/run-parts.ts";
import { openRun, type RunOptions, type SimulatedRun } from "./simulated-run.ts";
import { key, old } from "./simulated-world.ts";

const ROWS = 200;

async function filled(options: RunOptions = {}) {
  const run = await openRun(options);
  for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}` }));
  await run.clock.advance(60_000);
  return run;
}

/** A run whose writes the cluster refuses at once for a while, as it does when too few replicas are up. */
async function withRefusedWrites(forMs: number, options: RunOptions = {}) {
  let untilMs = 0;
  const refused = new RekeyError("CLUSTER.UNAVAILABLE", "made up");
  const sink = (real: CellSink): CellSink => {
    const refuse = () => {
      if (run.clock.monotonicMs() < untilMs) throw refused;
    };
    return {
      group: (table, items) => real.group(table, items),
      compareAndSet: async (...args) => {
        refuse();
        return real.compareAndSet(...args);
      },
      send: async (...args) => {
        refuse();
        return real.send(...args);
      },
    };
  };
  const run: SimulatedRun = await filled({ sink, ...options });
  untilMs = run.clock.monotonicMs() + forMs;
  return { run, refused };
}

describe("writes that are refused at once", () => {
  it.each(["fenced", "lwt"] as const)("for a minute only hold a %s run up", async (writeMode) => {
    const { run } = await withRefusedWrites(60_000, { writeMode });
    const report = await run.run();
    expect(report).toMatchObject({ outcome: "done", totals: { rekeyed: ROWS } });
    expect(await run.state()).toBe("done");
  });

  it.each(["fenced", "lwt"] as const)("for good end a %s run with the reason", async (writeMode) => {
    const { run, refused } = await withRefusedWrites(Number.POSITIVE_INFINITY, { writeMode });
    await expect(run.run()).rejects.toBe(refused);
    expect((await run.progress()).chunks).toMatchObject({ running: 0, failed: 0 });
  });
});

/** Calls of which every other one fails, the first included. */
function everyOther<Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) {
  let calls = 0;
  return (...args: Args): Promise<Result> => {
    calls += 1;
    if (calls % 2 === 1) throw new RekeyError("CLUSTER.TIMEOUT", "made up");
    return call(...args);
  };
}

describe("what a run begins and ends with", () => {
  it("is tried again: the schema", async () => {
    const run = await filled();
    const readSchema = everyOther<Parameters<RunParts["readSchema"]>, TableSchema>(
      async () => run.table.schema,
    );
    expect(await run.run({}, { readSchema })).toMatchObject({ outcome: "done" });
  });

  it("is tried again: the job's state, progress and quarantine in the store", async () => {
    const run = await filled();
    await run.store.transition("j", ["planned"], "failed", run.signal);
    // The first look at the job is the test's own.
    const turns = new Map<keyof StateStore, number>([["job", 1]]);
    run.store.beforeCall = (name) => {
      const turn = (turns.get(name) ?? 0) + 1;
      turns.set(name, turn);
      if (turn % 2 === 1) throw new RekeyError("STATE.UNAVAILABLE", "made up");
    };
    expect(await run.run()).toMatchObject({ outcome: "done", totals: { rekeyed: ROWS } });
  });

  it("leaves a job as it was planned when it cannot be begun", async () => {
    const run = await filled({ gcGraceSeconds: 0 });
    const events: string[] = [];
    const onEvent = ({ type }: RekeyEvent) => void events.push(type);
    await expect(run.run({ onEvent })).rejects.toMatchObject({ code: "SCHEMA.UNSUPPORTED" });
    expect(await run.state()).toBe("planned");
    expect(events).toEqual([]);
  });
});
