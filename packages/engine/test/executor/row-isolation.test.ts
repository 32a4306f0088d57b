import {
  type CellSink,
  type EncryptionKey,
  type QuarantineEntry,
  RekeyError,
  type RekeyEvent,
} from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { isRowsOwn } from "../../src/executor/row-isolation.ts";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { openRun, type SimulatedRun } from "../simulated-run.ts";
import { key, old, seen } from "../simulated-world.ts";
import { testKey } from "../test-keys.ts";

const ROWS = 100;
const BAD = ["k13", "k14", "k77"];
const refused = new RekeyError("CLUSTER.INVALID_QUERY", "value of column email is too large");

async function filled(options: Parameters<typeof openRun>[0] = {}) {
  const run = await openRun({ chunks: 4, ...options });
  for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}`, phone: `${n}` }));
  await run.clock.advance(60_000);
  return run;
}

/** A sink that refuses whatever holds one of these rows. */
function refusing(rows: readonly string[], error: () => Error) {
  return (sink: CellSink): CellSink => ({
    group: (table, items) => sink.group(table, items),
    compareAndSet: (...args) => sink.compareAndSet(...args),
    send: async (table, mutations, ...rest) => {
      if (mutations.some((mutation) => rows.includes(String(mutation.key[0])))) throw error();
      await sink.send(table, mutations, ...rest);
    },
  });
}

function quarantined(run: SimulatedRun): Promise<QuarantineEntry[]> {
  return Array.fromAsync(run.store.quarantined("j", run.signal));
}

function underOld(run: SimulatedRun): string[] {
  return run.table
    .rows()
    .map((row) => String(row.key[0]))
    .filter((row) => seen(run, row)!.some((cell) => cell!.startsWith("old")))
    .sort();
}

describe("rows whose writes are refused", () => {
  it("are found and quarantined with their reason when attempts keep failing, and the rest completes", async () => {
    const run = await filled({ sink: refusing(BAD, () => refused) });
    const failures: RekeyEvent[] = [];
    const onEvent = (event: RekeyEvent) => event.type === "chunk.failed" && failures.push(event);
    const report = await run.run({ onEvent });
    expect(report).toMatchObject({ outcome: "done", quarantined: BAD.length * 2 });
    expect(report.totals).toMatchObject({ scanned: ROWS, quarantined: 3 });
    expect(underOld(run)).toEqual(BAD);
    const entries = await quarantined(run);
    expect(new Set(entries.map((entry) => String(entry.key[0])))).toEqual(new Set(BAD));
    expect(entries[0]!.reason).toBe(
      "every attempt failed (CLUSTER.INVALID_QUERY: value of column email is too large)",
    );
    // Two attempts of each chunk that has such a row failed first.
    expect(failures.every((event) => event.type === "chunk.failed" && !event.final)).toBe(true);
    expect(failures.length).toBeGreaterThanOrEqual(2);
  });

  it("are not blamed for what meets every row alike", async () => {
    const every = Array.from({ length: ROWS }, (_, n) => `k${n}`);
    const run = await filled({ sink: refusing(every, () => refused) });
    await expect(run.run()).rejects.toMatchObject({ code: "JOB.CHUNKS_FAILED" });
    expect(await quarantined(run)).toEqual([]);
  });

  it("are not looked for in an outage", async () => {
    const outage = () => new RekeyError("CLUSTER.UNAVAILABLE", "made up");
    const run = await filled({ sink: refusing(BAD, outage) });
    await expect(run.run()).rejects.toMatchObject({ code: "CLUSTER.UNAVAILABLE" });
    expect(await quarantined(run)).toEqual([]);
  });

  it("count towards max_quarantined", async () => {
    const run = await filled({ sink: refusing(BAD, () => refused), execution: { maxQuarantined: 3 } });
    await expect(run.run()).rejects.toMatchObject({ code: "JOB.WRONG_KEY" });
  });
});

describe("rows that a key fails of", () => {
  const failing = (fails: (plaintexts: readonly string[]) => Error | undefined): EncryptionKey => {
    const inner = testKey("new");
    return {
      ...inner,
      version: "new",
      encrypt: async (batch, signal) => {
        const error = fails(batch.map(({ plaintext }) => Buffer.from(plaintext).toString()));
        if (error) throw error;
        return inner.encrypt(batch, signal);
      },
      decrypt: (batch, signal) => inner.decrypt(batch, signal),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
  };

  it("are quarantined without what the error says, which may quote them", async () => {
    const run = await filled();
    const target = failing((texts) => (texts.includes("13") ? new TypeError("secret 13") : undefined));
    const report = await run.run(
      {},
      { keyrings: new Keyrings({ target: target, previous: [testKey("old")] }) },
    );
    expect(report).toMatchObject({ outcome: "done", quarantined: 2 });
    expect(underOld(run)).toEqual(["k13"]);
    const [entry] = await quarantined(run);
    expect(entry!.reason).toMatch(/^every attempt failed \(INTERNAL.INVARIANT: unexpected TypeError at /);
    expect(entry!.reason).not.toContain("secret");
    // Nobody knows what they are under: no verification may pass over them.
    expect(report.census.filter((line) => line.keyVersion === "(unknown)")).toMatchObject([
      { column: "email", cells: 1 },
      { column: "phone", cells: 1 },
    ]);
  });

  it("of a broken contract are found at once, without a failed attempt", async () => {
    const run = await filled();
    const broken = new RekeyError("KEY.CONTRACT", "made up");
    const target = failing((texts) => (texts.includes("77") ? broken : undefined));
    const failures: string[] = [];
    const onEvent = (event: RekeyEvent) => event.type === "chunk.failed" && failures.push(event.code);
    const keyrings = new Keyrings({ target: target, previous: [testKey("old")] });
    expect(await run.run({ onEvent }, { keyrings })).toMatchObject({ outcome: "done", quarantined: 2 });
    expect(failures).toEqual([]);
  });

  it("are not to blame where a provider mixes up its batches: asked for one row at a time it would pass", async () => {
    const run = await filled();
    const inner = testKey("new");
    const target: EncryptionKey = {
      ...inner,
      version: "new",
      encrypt: async (batch, signal) => (await inner.encrypt(batch, signal)).toReversed(),
      decrypt: (batch, signal) => inner.decrypt(batch, signal),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
    const keyrings = new Keyrings({ target: target, previous: [testKey("old")] });
    await expect(run.run({}, { keyrings })).rejects.toMatchObject({ code: "KEY.CONTRACT" });
    expect(await quarantined(run)).toEqual([]);
    expect(underOld(run)).toHaveLength(ROWS);
  });
});

it.each([
  [new RekeyError("CLUSTER.INVALID_QUERY", "made up"), true],
  [new RekeyError("INTERNAL.INVARIANT", "made up"), true],
  [new RekeyError("KEY.CONTRACT", "made up"), true],
  [new TypeError("made up"), true],
  [new RekeyError("CLUSTER.INVALID_QUERY", "made up", { retryable: true }), false],
  [new RekeyError("CLUSTER.TIMEOUT", "made up"), false],
  [new RekeyError("KEY.REFUSED", "made up"), false],
  [new RekeyError("SCHEMA.DRIFT", "made up"), false],
  [new DOMException("stopped", "AbortError"), false],
  ["a text", false],
])("%s may be a row's own: %s", (error, own) => {
  expect(isRowsOwn(error)).toBe(own);
});
