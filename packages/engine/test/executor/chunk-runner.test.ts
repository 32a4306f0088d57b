import { type CellSink, type Claim, type JobKind, RekeyError, type RekeyEvent } from "@cassandra-rekey/core";
import { MemoryStateStore } from "@cassandra-rekey/testkit";
import { describe, expect, it, vi } from "vitest";
import { ChunkRunner, type ChunkRunnerParts } from "../../src/executor/chunk-runner.ts";
import { HeldChunk } from "../../src/executor/held-chunk.ts";
import { KeyGuard } from "../../src/executor/key-guard.ts";
import { KeyOutage } from "../../src/executor/key-outage.ts";
import { OutageWatch } from "../../src/executor/outage-watch.ts";
import { PageReader } from "../../src/executor/page-reader.ts";
import { PageSize } from "../../src/executor/page-size.ts";
import type { TableRun } from "../../src/executor/table-run.ts";
import { HookDispatcher } from "../../src/hooks/hook-dispatcher.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { FencedWriter } from "../../src/writer/fenced-writer.ts";
import { SettleTime } from "../../src/writer/settle-time.ts";
import { planned, stored } from "../simulated-job.ts";
import { key, old, openWorld, seen } from "../simulated-world.ts";

const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

interface Options {
  readonly rows?: number;
  readonly pageRows?: number;
  readonly kind?: JobKind;
  readonly maxAgeMs?: number;
  readonly maxQuarantined?: number;
  readonly maxInFlight?: number;
  readonly maxAttempts?: number;
  readonly sink?: (sink: CellSink) => Partial<CellSink>;
}

/** One chunk over the whole ring of a table filled long ago, claimed and ready to be run. */
async function open(options: Options = {}) {
  const world = openWorld(options.maxInFlight === undefined ? {} : { maxInFlight: options.maxInFlight });
  const { clock, table, cluster, random, controller } = world;
  for (let n = 0; n < (options.rows ?? 25); n += 1) table.insert(key(`k${n}`), old({ email: `${n}` }));
  await clock.advance(60_000);
  const store = new MemoryStateStore(clock, random);
  const job = planned("j", splitRing(1), { kind: options.kind ?? "rekey" });
  await store.createJob(job, controller.signal);
  const events: RekeyEvent[] = [];
  const hooks = new HookDispatcher([], logger, clock, (event) => events.push(event));
  const quiet = new AbortController();
  const sink = { ...boundTo(cluster), ...options.sink?.(cluster) };
  const pageSize = new PageSize(options.pageRows ?? 10, 1024 * 1024);
  // What these tests are about begins when the size of rows is known.
  pageSize.learn(options.pageRows ?? 10, 1);
  const run: TableRun = {
    table: stored(job).tables[0]!,
    shape: table.shape,
    readConsistency: "LOCAL_QUORUM",
    writeConsistency: "LOCAL_QUORUM",
    maxAgeMs: options.maxAgeMs ?? 30_000,
    writer: new FencedWriter({ ...world.parts, sink }),
    pageSize,
    rekeyer: world.rekeyer,
    keyringOf: () => "keys",
  };
  const shouldYield = vi.fn<ChunkRunnerParts["shouldYield"]>(async () => false);
  const runner = new ChunkRunner({
    kind: options.kind ?? "rekey",
    store,
    hooks,
    clock,
    random,
    shouldYield,
    reader: new PageReader(world.parts),
    guard: new KeyGuard(options.maxQuarantined ?? 1_000, new Map(), 0),
    outage: new KeyOutage({ clock, random, logger, longestMs: 60_000 }),
    settle: new SettleTime(10_000),
    maxAttempts: options.maxAttempts ?? 3,
    nodeOutages: new OutageWatch(undefined, clock),
    checkDrift: async () => {},
    onPage: () => {},
  });
  const claim = async () => {
    const claimed = await store.claim("j", "w1", 60_000, controller.signal);
    return claimed as Extract<Claim, { kind: "chunk" }>;
  };
  const start = async () => {
    const { lease, chunk } = await claim();
    const held = new HeldChunk(
      {
        store,
        clock,
        random,
        lease,
        chunk,
        leaseMs: 60_000,
        claimedAtMs: clock.monotonicMs(),
        checkpointIntervalMs: 0,
      },
      controller.signal,
    );
    const ended = runner.run(held, run, quiet.signal, controller.signal);
    return ended.finally(() => held[Symbol.asyncDispose]());
  };
  const go = () => clock.run(start());
  const progress = async () => (await store.progress("j", controller.signal))[0]!;
  return { ...world, store, events, quiet, pageSize, shouldYield, claim, go, progress };
}

function boundTo(sink: CellSink): CellSink {
  return {
    group: (table, items) => sink.group(table, items),
    send: (...args) => sink.send(...args),
    compareAndSet: (...args) => sink.compareAndSet(...args),
  };
}

describe("a chunk", () => {
  it("is rewritten page by page and finished with its totals", async () => {
    const opened = await open();
    expect(await opened.go()).toBe("finished");
    const { totals, chunks } = await opened.progress();
    expect(chunks.done).toBe(1);
    expect(totals).toMatchObject({ scanned: 25, rekeyed: 25, skipped: 0, cellsRekeyed: 25, young: 0 });
    expect(totals.census).toMatchObject([{ column: "email", keyVersion: "old", cells: 25 }]);
    expect(opened.events.filter(({ type }) => type === "page.done")).toHaveLength(3);
    for (let n = 0; n < 25; n += 1) expect(seen(opened, `k${n}`)![0]).toBe(`new:${n}`);
  });

  it.each(["dry-run", "verify"] as const)("is left as it is by a %s", async (kind) => {
    const opened = await open({ kind });
    const sent = vi.fn();
    opened.cluster.onRequest((request) => request.kind === "send" && sent());
    expect(await opened.go()).toBe("finished");
    expect(sent).not.toHaveBeenCalled();
    expect((await opened.progress()).totals.rekeyed).toBe(kind === "dry-run" ? 25 : 0);
  });

  it("has its unknown cells put in quarantine before the page counts", async () => {
    const opened = await open();
    opened.table.update(key("k3"), { email: Buffer.from("garbage") }, { timestamp: opened.table.stamp() });
    await opened.clock.advance(60_000);
    await opened.go();
    const entries = await Array.fromAsync(opened.store.quarantined("j", opened.controller.signal));
    expect(entries).toMatchObject([{ table: "users", column: "email", key: key("k3") }]);
    expect((await opened.progress()).totals).toMatchObject({ quarantined: 1, rekeyed: 24, skipped: 1 });
  });

  it("is not written to once too many cells do not open", async () => {
    const opened = await open({ maxQuarantined: 0 });
    opened.table.update(key("k3"), { email: Buffer.from("garbage") });
    await expect(opened.go()).rejects.toMatchObject({ code: "JOB.WRONG_KEY" });
  });
});

describe("a checkpoint", () => {
  it("comes only after every write of the page is acknowledged", async () => {
    const order: string[] = [];
    const opened = await open({
      sink: (sink) => ({
        send: async (...args) => {
          await sink.send(...args);
          order.push(`${args[1].length} written`);
        },
      }),
    });
    opened.store.beforeCall = (call) => {
      if (call === "checkpoint" || call === "finish") order.push(call);
    };
    await opened.go();
    const written = order.join(" ").split(/checkpoint|finish/);
    const sums = written.map((part) => (part.match(/\d+/g) ?? []).reduce((sum, n) => sum + Number(n), 0));
    expect(sums).toEqual([10, 10, 5, 0]);
  });

  it("is not made for a page whose write failed", async () => {
    const refused = new RekeyError("CLUSTER.INVALID_QUERY", "made up");
    let rows = 0;
    const opened = await open({
      sink: (sink) => ({
        send: async (...args) => {
          if (rows >= 10) throw refused;
          rows += args[1].length;
          await sink.send(...args);
        },
      }),
    });
    await expect(opened.go()).rejects.toBe(refused);
    expect((await opened.progress()).totals.scanned).toBe(10);
  });
});

describe("a page that is too old", () => {
  it("is dropped, read again smaller, and counted once", async () => {
    let slow = true;
    const opened = await open({
      rows: 40,
      pageRows: 40,
      maxInFlight: 1,
      sink: (sink) => ({
        send: async (...args) => {
          await sink.send(...args);
          if (slow) await opened.clock.sleep(12_000);
        },
      }),
    });
    const pages: number[] = [];
    opened.cluster.onRequest((request) => {
      if (request.kind === "page") pages.push(request.request.maxRows);
      if (pages.length === 2) slow = false;
    });
    expect(await opened.go()).toBe("finished");
    expect(pages.slice(0, 2)).toEqual([40, 20]);
    const dropped = opened.events.filter(({ type }) => type === "page.dropped");
    expect(dropped).toHaveLength(1);
    expect((await opened.progress()).totals).toMatchObject({
      scanned: 40,
      rekeyed: 40,
      skipped: 0,
      cellsRekeyed: 40,
    });
    for (let n = 0; n < 40; n += 1) expect(seen(opened, `k${n}`)![0]).toBe(`new:${n}`);
  });

  it("does not count its unknown cells twice against max_quarantined", async () => {
    const opened = await open({ pageRows: 40, maxQuarantined: 3, maxAgeMs: 5_000 });
    for (let n = 0; n < 3; n += 1) opened.table.update(key(`k${n}`), { email: Buffer.from("garbage") });
    opened.cluster.failNext("send", {
      error: new RekeyError("CLUSTER.TIMEOUT", "made up"),
      replyDelayMs: 6_000,
    });
    expect(await opened.go()).toBe("finished");
    expect(opened.events.filter(({ type }) => type === "page.dropped")).toHaveLength(1);
    expect((await opened.progress()).totals).toMatchObject({ quarantined: 3, rekeyed: 22 });
  });

  it("is an error when it is never in time, with nothing checkpointed", async () => {
    const opened = await open({ maxAgeMs: 1 });
    await expect(opened.go()).rejects.toMatchObject({ code: "CLUSTER.TIMEOUT", retryable: true });
    expect((await opened.progress()).totals.scanned).toBe(0);
  });
});

describe("giving back", () => {
  it("happens after the page in hand, with a cursor that another goes on from", async () => {
    const opened = await open();
    opened.shouldYield.mockResolvedValueOnce(true);
    expect(await opened.go()).toBe("released");
    expect((await opened.progress()).totals).toMatchObject({ scanned: 10, rekeyed: 10 });
    expect((await opened.progress()).chunks.pending).toBe(1);
    expect(await opened.go()).toBe("finished");
    expect((await opened.progress()).totals).toMatchObject({ scanned: 25, rekeyed: 25 });
  });

  it("does not wait for the next page, which is being read", async () => {
    const opened = await open();
    opened.cluster.onRequest(({ kind }) => {
      if (kind === "page") opened.cluster.failNext("page", { delayMs: 60_000 });
    });
    opened.shouldYield.mockResolvedValueOnce(true);
    expect(await opened.go()).toBe("released");
    expect(opened.clock.monotonicMs()).toBeLessThan(61_000);
  });

  it("does not wait for a page that only waits for leave", async () => {
    const opened = await open({ maxInFlight: 1 });
    const permit = await opened.governor.leave("write", opened.controller.signal);
    opened.clock.time.after(5_000, () => opened.quiet.abort());
    expect(await opened.go()).toBe("released");
    expect(opened.clock.monotonicMs()).toBe(65_000);
    permit.release();
    expect(await opened.go()).toBe("released");
    expect((await opened.progress()).totals.scanned).toBe(0);
  });
});

describe("a lost lease", () => {
  it("ends the work without a word to the store", async () => {
    const opened = await open();
    opened.shouldYield.mockImplementationOnce(async () => {
      await opened.store.reclaim("j", 0, opened.controller.signal);
      await opened.claim();
      return false;
    });
    expect(await opened.go()).toBe("lost");
    expect((await opened.progress()).chunks).toMatchObject({ running: 1, done: 0 });
    expect((await opened.progress()).totals.scanned).toBe(10);
  });
});
