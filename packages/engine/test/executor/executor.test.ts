import {
  type CellSource,
  RekeyError,
  type RekeyEvent,
  type Row,
  simpleKey,
  type TableSchema,
} from "@cassandra-rekey/core";
import { describe, expect, it, vi } from "vitest";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import type { RunProgress } from "../../src/reports.ts";
import { openRun, type SimulatedRun } from "../simulated-run.ts";
import { key, old, seen } from "../simulated-world.ts";
import { checked, sealedBy, testKey, unsealed } from "../test-keys.ts";

const ROWS = 200;
const refused = new RekeyError("CLUSTER.INVALID_QUERY", "made up");

/** Rows written long before the run. */
async function filled(options: Parameters<typeof openRun>[0] = {}) {
  const run = await openRun(options);
  for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}` }));
  await run.clock.advance(60_000);
  return run;
}

/** A source of which some pages fail. */
function failing(source: CellSource, fails: (page: number) => unknown): CellSource {
  let pages = 0;
  return {
    row: (...args) => source.row(...args),
    page: async (...args) => {
      pages += 1;
      const error = fails(pages);
      if (error !== undefined) throw error;
      return source.page(...args);
    },
  };
}

function underOld(run: SimulatedRun): number {
  return run.table.rows().filter((row) => seen(run, String(row.key[0]))![0]!.startsWith("old")).length;
}

describe("workers", () => {
  it("share the chunks and finish the job", async () => {
    const run = await filled();
    const claimed = new Set<number>();
    const report = await run.run({
      onEvent: (event) => event.type === "chunk.claimed" && claimed.add(event.chunkId),
    });
    expect(report).toMatchObject({
      outcome: "done",
      scanned: ROWS,
      totals: { rekeyed: ROWS, scanned: ROWS },
    });
    expect(claimed.size).toBe(8);
    expect(underOld(run)).toBe(0);
    expect(await run.state()).toBe("done");
  });

  it("of two processes share a job, and each says what it did itself", async () => {
    const run = await filled({ chunks: 32 });
    const both = await run.clock.run(Promise.all([run.start(), run.start()]));
    expect(both.map(({ outcome }) => outcome)).toEqual(["done", "done"]);
    expect(both.reduce((sum, { scanned }) => sum + scanned, 0)).toBe(ROWS);
    expect((await run.progress()).totals.scanned).toBe(ROWS);
    expect(both.every(({ scanned }) => scanned > 0)).toBe(true);
  });

  it("do not wait once the last chunk in their hands is done", async () => {
    const durationOf = async (workers: number) => {
      const run = await filled({ chunks: 1, execution: { workers } });
      const before = run.clock.monotonicMs();
      expect((await run.run()).outcome).toBe("done");
      return run.clock.monotonicMs() - before;
    };
    expect(await durationOf(8)).toBeLessThan((await durationOf(1)) + 100);
  });

  it("take over what another left behind, once its lease has run out", async () => {
    const run = await filled();
    const claim = await run.store.claim("j", "dead", 60_000, run.signal);
    expect(claim.kind).toBe("chunk");
    const before = run.clock.monotonicMs();
    expect((await run.run()).outcome).toBe("done");
    expect(run.clock.monotonicMs() - before).toBeGreaterThanOrEqual(60_000);
    expect(underOld(run)).toBe(0);
  });
});

describe("drift", () => {
  it.each([
    ["another table id", { tableId: "another" }, /dropped and created again/],
    ["a lower gc_grace_seconds", { gcGraceSeconds: 60 }, /lowered to 60/],
  ])("stops all workers on %s, with what was acknowledged kept", async (_, change, message) => {
    const run = await filled({ chunks: 64, execution: { workers: 2 } });
    let schema: TableSchema = run.table.schema;
    let pages = 0;
    run.cluster.onRequest(({ kind }) => {
      if (kind === "page") pages += 1;
      if (pages !== 20) return;
      schema = { ...schema, ...change };
      // Long enough for the next look at the schema.
      run.clock.time.skip(10_001, run.clock);
    });
    await expect(run.run({}, { readSchema: async () => schema })).rejects.toMatchObject({
      code: "SCHEMA.DRIFT",
      message: expect.stringMatching(message),
    });
    const { chunks } = await run.progress();
    expect(chunks.running).toBe(0);
    expect(chunks.done).toBeGreaterThan(0);
    expect(chunks.pending).toBeGreaterThan(0);
    expect(await run.state()).toBe("running");
  });

  it("is seen inside a chunk, before the page in hand is written", async () => {
    const run = await filled({ chunks: 1, execution: { workers: 1 } });
    let schema: TableSchema = run.table.schema;
    let sent = 0;
    run.cluster.onRequest(({ kind }) => {
      if (kind === "send") sent += 1;
      if (sent !== 3) return;
      sent += 1;
      schema = { ...schema, gcGraceSeconds: 0 };
      run.clock.time.skip(10_001, run.clock);
    });
    await expect(run.run({}, { readSchema: async () => schema })).rejects.toMatchObject({
      code: "SCHEMA.DRIFT",
    });
    expect(sent).toBe(4);
    expect(underOld(run)).toBeGreaterThan(0);
    expect((await run.progress()).chunks).toMatchObject({ pending: 1 });
  });

  it("is seen although the schema could not be read at first", async () => {
    const run = await filled({ chunks: 64, execution: { workers: 2 } });
    let isLate = false;
    let failures = 0;
    run.cluster.onRequest(({ kind }) => {
      if (kind !== "page" || isLate) return;
      isLate = true;
      run.clock.time.skip(10_001, run.clock);
    });
    const readSchema = async () => {
      if (isLate && failures < 3) {
        failures += 1;
        throw new RekeyError("CLUSTER.TIMEOUT", "made up");
      }
      return isLate ? { ...run.table.schema, tableId: "another" } : run.table.schema;
    };
    await expect(run.run({}, { readSchema })).rejects.toMatchObject({ code: "SCHEMA.DRIFT" });
    // Of the two pages that were on their way when it was time to look, nothing is written.
    expect(underOld(run)).toBe(ROWS);
  });

  it("does not let a mask be encrypted in place of a plaintext, from the moment that it is put on", async () => {
    let pages = 0;
    const isMasked = () => pages > 3;
    const masked = (row: Row): Row => ({
      ...row,
      cells: row.cells.map((cell) => cell && { ...cell, value: Buffer.from("****") }),
    });
    const source = (cluster: CellSource): CellSource => ({
      row: (...args) => cluster.row(...args),
      page: async (...args) => {
        pages += 1;
        const page = await cluster.page(...args);
        return isMasked() ? { ...page, rows: page.rows.map(masked) } : page;
      },
    });
    const run = await openRun({ chunks: 1, execution: { workers: 1 }, source });
    for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), { email: Buffer.from(`clear ${n}`) });
    await run.clock.advance(60_000);
    const plain = simpleKey({
      version: "plaintext",
      authenticates: false,
      decrypt: (value) => value,
      encrypt: (value) => value,
    });
    const keyrings = new Keyrings({ target: testKey("new"), previous: [checked(plain)] });
    const columns = run.table.schema.columns.map((column) => ({
      ...column,
      masked: column.name === "email",
    }));
    const readSchema = async () => (isMasked() ? { ...run.table.schema, columns } : run.table.schema);
    await expect(run.run({}, { readSchema, keyrings })).rejects.toMatchObject({
      code: "SCHEMA.DRIFT",
      message: expect.stringContaining("email is masked"),
    });
    const values = run.table.rows().map(({ cells }) => cells[0]!.value);
    const rewritten = values.map(unsealed).filter(({ version }) => version === "new");
    expect(rewritten.length).toBeGreaterThan(0);
    expect(rewritten.filter(({ plaintext }) => !plaintext.startsWith("clear"))).toEqual([]);
  });

  it("does not come from a column that the job does not touch", async () => {
    const run = await filled();
    const { schema } = run.table;
    const extra = { ...schema.columns[0]!, name: "extra", kind: "regular" as const };
    const readSchema = async () => ({ ...schema, columns: [...schema.columns, extra] });
    expect((await run.run({}, { readSchema })).outcome).toBe("done");
  });
});

describe("a chunk that fails", () => {
  it("is tried again, and the job goes on", async () => {
    const run = await filled({
      source: (source) => failing(source, (page) => (page === 3 ? refused : undefined)),
    });
    const events: RekeyEvent[] = [];
    expect((await run.run({ onEvent: (event) => events.push(event) })).outcome).toBe("done");
    expect(events.filter(({ type }) => type === "chunk.failed")).toMatchObject([
      { code: "CLUSTER.INVALID_QUERY", final: false },
    ]);
    expect(underOld(run)).toBe(0);
  });

  it("is not counted as failed where another had taken it over before it could say so", async () => {
    const run = await filled({
      source: (source) => failing(source, (page) => (page === 3 ? refused : undefined)),
    });
    const fail = run.store.fail.bind(run.store);
    run.store.fail = async (lease, ...rest) => {
      await run.store.reclaim(lease.jobId, 0, run.signal);
      return fail(lease, ...rest);
    };
    const events: string[] = [];
    expect((await run.run({ onEvent: ({ type }) => events.push(type) })).outcome).toBe("done");
    expect(events).not.toContain("chunk.failed");
    expect(events).toContain("chunk.lost");
    expect(underOld(run)).toBe(0);
  });

  it("is given up after max_attempts, the others are done, and the next run tries it again", async () => {
    let broken = true;
    const run = await filled({
      source: (source) => ({
        row: source.row,
        page: (request, signal) =>
          broken && request.range.after < 0n && request.range.upTo >= 0n
            ? Promise.reject(new TypeError("secret plaintext"))
            : source.page(request, signal),
      }),
      chunks: 7,
    });
    const failures: boolean[] = [];
    const onEvent = (event: RekeyEvent) => event.type === "chunk.failed" && failures.push(event.final);
    await expect(run.run({ onEvent })).rejects.toMatchObject({
      code: "JOB.CHUNKS_FAILED",
      problems: [expect.stringMatching(/unexpected TypeError at executor\.test\.ts:\d+:\d+$/)],
    });
    expect(failures).toEqual([false, false, true]);
    const { chunks, lastError } = await run.progress();
    expect(chunks).toMatchObject({ failed: 1, done: 6 });
    expect(lastError).not.toContain("secret");
    expect(await run.state()).toBe("failed");
    broken = false;
    expect((await run.run()).outcome).toBe("done");
    expect(underOld(run)).toBe(0);
  });
});

describe("an error that is not a chunk's own", () => {
  it.each([
    ["a wrong key", new RekeyError("KEY.REFUSED", "made up")],
    ["an outage that lasts", new RekeyError("CLUSTER.UNAVAILABLE", "made up")],
    ["a missing permission", new RekeyError("CLUSTER.UNAUTHORIZED", "made up")],
  ])("stops the job: %s", async (_, error) => {
    const run = await filled({
      source: (source) => failing(source, (page) => (page > 5 ? error : undefined)),
    });
    await expect(run.run()).rejects.toBe(error);
    const { chunks } = await run.progress();
    expect(chunks).toMatchObject({ running: 0, failed: 0 });
    expect(await run.state()).toBe("running");
  });

  it("waits out an outage of the state store", async () => {
    const run = await filled();
    const until = run.clock.monotonicMs() + 15_000;
    run.store.beforeCall = (call) => {
      if (call !== "report" && run.clock.monotonicMs() > 60_050 && run.clock.monotonicMs() < until) {
        throw new RekeyError("STATE.UNAVAILABLE", "made up");
      }
    };
    expect((await run.run()).outcome).toBe("done");
    expect(underOld(run)).toBe(0);
  });
});

describe("stop and pause", () => {
  it("a stop ends each worker after its page, with leases given back, and a later run goes on", async () => {
    const run = await filled({ chunks: 2, execution: { workers: 2 } });
    const stop = new AbortController();
    let pages = 0;
    const report = await run.run({
      stop: stop.signal,
      onEvent: ({ type }) => {
        if (type === "page.done") pages += 1;
        if (pages === 3) stop.abort();
      },
    });
    expect(report.outcome).toBe("interrupted");
    expect((await run.progress()).chunks).toMatchObject({ running: 0, pending: 2 });
    expect(report.scanned).toBeLessThan(ROWS);
    const rest = await run.run();
    expect(rest.outcome).toBe("done");
    expect(rest.scanned).toBe(ROWS - report.scanned);
    expect(underOld(run)).toBe(0);
  });

  it("a stop does not wait for a throttle's hold to end", async () => {
    const hold = { limit: () => ({ hold: "too hot" }), observe: () => {}, async [Symbol.asyncDispose]() {} };
    const run = await filled({ throttles: [hold] });
    const stop = new AbortController();
    run.clock.time.after(7_000, () => stop.abort());
    expect((await run.run({ stop: stop.signal })).outcome).toBe("interrupted");
    expect(run.clock.monotonicMs()).toBeLessThan(70_000);
  });

  it("an abort rejects at once, and leaves the leases to others", async () => {
    const run = await filled({ chunks: 2 });
    const abort = new AbortController();
    const onEvent = vi.fn(({ type }: RekeyEvent) => {
      if (type === "page.done") abort.abort();
    });
    await expect(run.run({ abort: abort.signal, onEvent })).rejects.toMatchObject({ code: "INTERRUPTED" });
    expect((await run.progress()).chunks.running).toBe(0);
  });

  it("a pause from elsewhere takes effect within a page, and resuming goes on", async () => {
    const run = await filled({ chunks: 2, latencyMs: 150, execution: { workers: 2, pageSize: 5 } });
    const phases: RunProgress["phase"][] = [];
    let scanned = 0;
    const running = run.start({
      onProgress: ({ phase }) => phases.push(phase),
      onEvent: (event) => {
        if (event.type === "page.done") scanned += event.rows;
      },
    });
    run.clock.time.after(1_000, () => void run.store.transition("j", ["running"], "paused", run.signal));
    await run.clock.advance(5_000);
    const scannedWhenPaused = scanned;
    expect(scannedWhenPaused).toBeLessThan(ROWS);
    expect((await run.progress()).chunks.running).toBe(0);
    await run.clock.advance(60_000);
    expect(scanned).toBe(scannedWhenPaused);
    expect(phases).toContain("paused");
    await run.store.transition("j", ["paused"], "running", run.signal);
    expect((await run.clock.run(running)).outcome).toBe("done");
    expect(underOld(run)).toBe(0);
  });
});

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

describe("gc_grace_seconds", () => {
  it("of 0 is refused with its reason, for a job that writes", async () => {
    const run = await filled({ gcGraceSeconds: 0 });
    await expect(run.run()).rejects.toMatchObject({
      code: "SCHEMA.UNSUPPORTED",
      message: expect.stringContaining("gc_grace_seconds"),
    });
    const verifying = await filled({ gcGraceSeconds: 0, kind: "verify" });
    expect((await verifying.run()).outcome).toBe("done");
  });

  it("bounds the age of a page by its tenth", async () => {
    const run = await filled({ gcGraceSeconds: 20, chunks: 1, execution: { workers: 1 } });
    run.cluster.failNext("send", {
      error: new RekeyError("CLUSTER.TIMEOUT", "made up"),
      replyDelayMs: 2_100,
    });
    const dropped = vi.fn();
    await run.run({ onEvent: ({ type }) => type === "page.dropped" && dropped() });
    expect(dropped).toHaveBeenCalledTimes(1);
    expect(underOld(run)).toBe(0);
  });
});
