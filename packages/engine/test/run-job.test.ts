import { type CellSink, type Mutation, RekeyError } from "@cassandra-rekey/core";
import { SeededRandom } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunParts } from "../src/run-parts.ts";
import { SimulatedApplication } from "./simulated-application.ts";
import { openRun, type RunOptions, type SimulatedRun } from "./simulated-run.ts";
import { key } from "./simulated-world.ts";
import { sealedBy } from "./test-keys.ts";

const ROWS = 200;
/** Less than `settle`: what an application has under way for longer cannot be told from what it never sent. */
const UNDER_WAY_MS = 8_000;

async function withApplication(seed: number, options: RunOptions = {}) {
  const execution = { pageSize: 8, workers: 2, ...options.execution };
  const run = await openRun({ latencyMs: 20, seed, ...options, execution });
  const application = new SimulatedApplication(run.table, run.clock.time, new SeededRandom(seed), ROWS);
  application.fill();
  await run.clock.advance(60_000);
  application.operations = 0;
  return { run, application };
}

/** A run beside an application that writes under the old key for about as long as the sweep takes. */
async function race(seed: number, options: RunOptions = {}) {
  const { run, application } = await withApplication(seed, options);
  const raced = countRaced(run);
  application.keepWriting(600, 2, UNDER_WAY_MS);
  const report = await run.run();
  return { run, application, report, raced: raced() };
}

/** Our writes that came to a row which an application had written to since we read it. */
function countRaced(run: SimulatedRun): () => number {
  let raced = 0;
  run.cluster.onRequest((request) => {
    if (request.kind !== "send") return;
    for (const { key, cells } of request.mutations) {
      const writetimes = run.table.row(key)?.cells.map((cell) => cell?.writetime) ?? [];
      if (cells.some(({ timestamp }) => !writetimes.includes(timestamp - 1n))) raced += 1;
    }
  });
  return () => raced;
}

/** A sink without fences: what it writes is stamped by the server, as a plain rewrite would be. */
function unfenced(run: () => SimulatedRun, sink: CellSink): CellSink {
  const stamped = ({ cells, ...row }: Mutation): Mutation => ({
    ...row,
    cells: cells.map((cell) => ({ ...cell, timestamp: run().table.stamp() })),
  });
  return {
    group: (table, items) => sink.group(table, items),
    compareAndSet: (...args) => sink.compareAndSet(...args),
    send: (table, mutations, ...rest) => sink.send(table, mutations.map(stamped), ...rest),
  };
}

describe("a run beside an application that writes and deletes", () => {
  it("loses nothing, brings nothing back, keeps expiry and writetime; the next job leaves all under the target", async () => {
    let met = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1_000_000 }), async (seed) => {
        const { run, application, report, raced } = await race(seed);
        expect(report).toMatchObject({ outcome: "done", quarantined: 0 });
        expect(application.differences()).toEqual([]);
        met += raced;
        application.version = "new";
        application.keepWriting(300, 2, UNDER_WAY_MS);
        await run.plan("k");
        const clean = await run.run({ jobId: "k" });
        await run.clock.advance(UNDER_WAY_MS);
        expect(application.differences()).toEqual([]);
        expect(Object.keys(application.census())).toEqual(["new"]);
        expect(clean.young).toBe(0);
        await run.plan("l");
        expect((await run.run({ jobId: "l" })).totals.rekeyed).toBe(0);
      }),
      { numRuns: 15 },
    );
    // Fails when the load no longer meets what it is there for: 80 to 130 are usual.
    expect(met).toBeGreaterThan(30);
  });

  it("does lose updates without fences: the load above would show it", async () => {
    let lost = 0;
    for (let seed = 1; seed <= 5; seed += 1) {
      let run: SimulatedRun | undefined;
      const opened = await withApplication(seed, { sink: (sink) => unfenced(() => run!, sink) });
      run = opened.run;
      opened.application.keepWriting(600, 2, UNDER_WAY_MS);
      await run.run();
      lost += opened.application.differences().filter((line) => line.includes(", not ")).length;
    }
    expect(lost).toBeGreaterThan(10);
  });

  it("does lose updates without settle: two writes a microsecond apart are under way at once", async () => {
    let lost = 0;
    for (let seed = 1; seed <= 5; seed += 1) {
      const { run, application } = await race(seed, { execution: { settleSeconds: 0 } });
      // What was on its way when the run ended, too.
      await run.clock.advance(UNDER_WAY_MS);
      lost += application.differences().length;
    }
    expect(lost).toBeGreaterThan(0);
  });
});

describe("LWT mode, beside an application whose writes are decided one after the other", () => {
  it("loses nothing and keeps expiry; rows that it lost to are read again and counted", async () => {
    let raced = 0;
    for (let seed = 1; seed <= 5; seed += 1) {
      const { run, application } = await withApplication(seed, { writeMode: "lwt" });
      application.keepWriting(600, 2, 1);
      raced += (await run.run()).totals.raced;
      application.version = "new";
      await run.plan("k");
      await run.run({ jobId: "k" });
      // Writetimes are the transactions' own in this mode.
      expect(application.differences().filter((line) => !line.includes("writetime"))).toEqual([]);
      expect(Object.keys(application.census())).toEqual(["new"]);
    }
    expect(raced).toBeGreaterThan(10);
  });
});

describe("a worker that dies", () => {
  /** Parts of a process that hangs for ever in its first call after `atMs`. */
  function dying(run: SimulatedRun, atMs: number): Partial<RunParts> {
    const alive = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
      return (...args: Args) =>
        run.clock.monotonicMs() < atMs ? call(...args) : new Promise<Result>(() => {});
    };
    const mortal = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== "function") return member;
          const bound = member.bind(target) as () => Promise<unknown>;
          return name === "group" ? bound : alive(bound);
        },
      });
    return { store: mortal(run.store), source: mortal(run.cluster), sink: mortal(run.cluster) };
  }

  it("is succeeded by another, from its cursors, with nothing lost", async () => {
    let successions = 0;
    for (let seed = 1; seed <= 10; seed += 1) {
      const { run, application } = await withApplication(seed, { chunks: 3 });
      application.version = "new";
      application.keepWriting(600, 2, UNDER_WAY_MS);
      void run.start({}, dying(run, run.clock.monotonicMs() + 50 + seed * 80));
      await run.clock.advance(2_000);
      const before = (await run.progress()).totals.scanned;
      const report = await run.run();
      expect(application.differences()).toEqual([]);
      expect(Object.keys(application.census())).toEqual(["new"]);
      expect(report.outcome).toBe("done");
      if (before === 0 || before === ROWS) continue;
      successions += 1;
      expect(report.scanned).toBeLessThan(ROWS);
    }
    expect(successions).toBeGreaterThan(3);
  });
});

describe("a host that is suspended in the middle of a page", () => {
  /** The table is truncated while the host sleeps: no tombstone keeps a late write out. */
  async function suspended(maxWriteAgeSeconds: number): Promise<number> {
    const run = await openRun({
      execution: { maxInFlight: 1, workers: 1, maxWriteAgeSeconds, pageSize: 8 },
      chunks: 1,
      latencyMs: 20,
    });
    // None that expires: those are never written once the host's clocks have gone different ways.
    for (let row = 0; row < ROWS; row += 1) {
      run.table.insert(key(`p${row}`, "1"), { email: sealedBy("old", `${row}`) });
    }
    await run.clock.advance(60_000);
    let sends = 0;
    run.cluster.onRequest(({ kind }) => {
      if (kind === "send") sends += 1;
      if (sends !== 2) return;
      // After the write that is just landing, and before the next one of its page.
      queueMicrotask(() => {
        run.clock.suspend(45_000);
        run.table.truncate();
      });
    });
    await run.run();
    return run.table.rows().length;
  }

  it("writes nothing of it any more", async () => {
    expect(await suspended(30)).toBe(0);
  });

  it("would bring rows back without the check of the page's age", async () => {
    expect(await suspended(3_600)).toBeGreaterThan(0);
  });
});

describe("trouble during a run", () => {
  it("is overcome: timeouts with and without effect, late answers, an outage of the store", async () => {
    const { run, application } = await withApplication(11);
    application.version = "new";
    application.keepWriting(600, 2, UNDER_WAY_MS);
    const random = new SeededRandom(11);
    const error = new RekeyError("CLUSTER.TIMEOUT", "made up");
    run.cluster.onRequest(({ kind }) => {
      const faults = [{ error }, { error, applied: true }, { replyDelayMs: 3_000 }, { delayMs: 1_000 }];
      if (random.fraction() < 0.1) run.cluster.failNext(kind, faults[random.integer(4)]!);
    });
    run.store.beforeCall = () => {
      if (random.fraction() < 0.05) throw new RekeyError("STATE.UNAVAILABLE", "made up");
    };
    const report = await run.run();
    expect(report.outcome).toBe("done");
    expect(application.differences(2)).toEqual([]);
    expect(Object.keys(application.census())).toEqual(["new"]);
  });
});
