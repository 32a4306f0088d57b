import { type CellSink, RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { retryQuarantine } from "../../src/quarantine/retry-quarantine.ts";
import { openRun, type SimulatedRun } from "../simulated-run.ts";
import { key, old, seen } from "../simulated-world.ts";
import { sealedBy, testKey } from "../test-keys.ts";

const LOST = ["k3", "k4", "k5"];

/** A finished job whose quarantine holds the emails of some rows, which are under a key that was not configured. */
async function withQuarantine(options: Parameters<typeof openRun>[0] = {}) {
  const run = await openRun({ chunks: 4, ...options });
  for (let n = 0; n < 20; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}`, phone: `${n}` }));
  for (const row of LOST) run.table.update(key(row), { email: sealedBy("lost", row) });
  await run.clock.advance(60_000);
  expect((await run.run()).quarantined).toBe(LOST.length);
  return run;
}

async function retry(
  run: SimulatedRun,
  keyrings = new Keyrings({ target: testKey("new"), previous: [testKey("old"), testKey("lost")] }),
) {
  const job = (await run.store.job("j", run.signal))!;
  return run.clock.run(retryQuarantine({ ...run.parts(1), keyrings }, job, run.signal));
}

async function left(run: SimulatedRun): Promise<string[]> {
  const entries = await Array.fromAsync(run.store.quarantined("j", run.signal));
  return entries.map((entry) => String(entry.key[0]));
}

describe("trying a quarantine again", () => {
  it("rekeys what a key opens that was added since, and forgets it", async () => {
    const run = await withQuarantine();
    expect(await retry(run)).toEqual({ jobId: "j", tried: 3, rekeyed: 3, gone: 0, left: 0 });
    for (const row of LOST) expect(seen(run, row)).toEqual([`new:${row}`, `new:${row.slice(1)}`]);
    expect(await left(run)).toEqual([]);
    expect(await retry(run)).toMatchObject({ tried: 0 });
  });

  it("keeps writetime and expiry", async () => {
    const run = await withQuarantine();
    const timestamp = run.table.stamp();
    run.table.update(key("k3"), { email: sealedBy("lost", "k3") }, { timestamp, ttl: 3_600 });
    const expiry = run.table.expiry(key("k3"), "email");
    await run.clock.advance(60_000);
    await retry(run);
    const [email] = run.table.row(key("k3"))!.cells;
    expect(email!.writetime).toBe(timestamp + 1n);
    expect(run.table.expiry(key("k3"), "email")).toBe(expiry);
  });

  it("leaves what still no key opens untouched, and in quarantine", async () => {
    const run = await withQuarantine();
    const before = run.table.row(key("k4"))!.cells[0];
    const same = new Keyrings({ target: testKey("new"), previous: [testKey("old")] });
    expect(await retry(run, same)).toMatchObject({ tried: 3, rekeyed: 0, left: 3 });
    expect(run.table.row(key("k4"))!.cells[0]).toEqual(before);
    expect(await left(run)).toHaveLength(3);
  });

  it("forgets what the application deleted, or wrote anew under the target key", async () => {
    const run = await withQuarantine();
    run.table.deleteRow(key("k3"), { timestamp: run.table.stamp() });
    run.table.update(key("k4"), { email: sealedBy("new", "fresh") });
    const same = new Keyrings({ target: testKey("new"), previous: [testKey("old")] });
    expect(await retry(run, same)).toMatchObject({ gone: 1, rekeyed: 1, left: 1 });
    expect(await left(run)).toEqual(["k5"]);
    expect(seen(run, "k4")![0]).toBe("new:fresh");
  });

  it("does not take an acknowledged write that lost for one that won", async () => {
    const run = await withQuarantine();
    run.cluster.onRequest((request) => {
      // The application's own write lands just before ours.
      if (request.kind === "send") run.table.update(key("k3"), { email: sealedBy("unheard-of", "x") });
    });
    expect(await retry(run)).toMatchObject({ rekeyed: 2, left: 1 });
    expect(await left(run)).toEqual(["k3"]);
  });

  it("reads a row again whose writes came too late", async () => {
    const run = await withQuarantine();
    let once = true;
    run.cluster.onRequest((request) => {
      if (request.kind !== "row" || !once) return;
      once = false;
      run.clock.time.skip(40_000, run.clock);
    });
    expect(await retry(run)).toMatchObject({ rekeyed: 3, left: 0 });
  });

  it("leaves cells longer where clocks are apart, as a run does: how they are kept is not known", async () => {
    const run = await withQuarantine({ aheadMs: 60_000 });
    for (const row of LOST) run.table.update(key(row), { email: sealedBy("lost", row) });
    await run.clock.advance(30_000);
    expect(await retry(run)).toMatchObject({ rekeyed: 0, left: 3 });
    await run.clock.advance(60_000);
    expect(await retry(run)).toMatchObject({ rekeyed: 3, left: 0 });
  });

  it("keeps the second of expiry though answers were slow", async () => {
    const run = await withQuarantine();
    for (const row of LOST) run.table.update(key(row), { email: sealedBy("lost", row) }, { ttl: 3_600 });
    const expiries = () => LOST.map((row) => run.table.expiry(key(row), "email"));
    const before = expiries();
    await run.clock.advance(60_000);
    for (const _ of LOST) run.cluster.failNext("row", { replyDelayMs: 9_000 });
    expect(await retry(run)).toMatchObject({ rekeyed: 3 });
    expect(expiries()).toEqual(before);
  });

  it("refuses a target that cannot win at the same timestamp, as a run does", async () => {
    const run = await withQuarantine();
    const job = (await run.store.job("j", run.signal))!;
    const writeMode = "same-timestamp" as const;
    const same = { ...job, tables: job.tables.map((table) => ({ ...table, writeMode })) };
    const settings = {
      ...run.settings,
      tables: run.settings.tables.map((table) => ({ ...table, writeMode })),
    };
    await expect(
      run.clock.run(retryQuarantine({ ...run.parts(1), settings, keyrings: losing() }, same, run.signal)),
    ).rejects.toMatchObject({ code: "KEY.CANNOT_WIN" });
  });

  it("leaves a row whose write is refused by itself, and goes on with the others", async () => {
    const refused = new Set<string>();
    const run = await withQuarantine({ sink: refusing(refused) });
    refused.add("k3");
    expect(await retry(run)).toMatchObject({ tried: 3, rekeyed: 2, left: 1 });
    expect(await left(run)).toEqual(["k3"]);
  });

  it("fails with what meets every row alike", async () => {
    const refused = new Set<string>();
    const run = await withQuarantine({ sink: refusing(refused) });
    for (const row of LOST) refused.add(row);
    await expect(retry(run)).rejects.toMatchObject({ code: "CLUSTER.INVALID_QUERY" });
    expect(await left(run)).toHaveLength(LOST.length);
  });

  it("is over when it fails: nothing goes on behind the error, with keys that are closed", async () => {
    const run = await withQuarantine();
    const unheard = new RekeyError("CLUSTER.UNAUTHORIZED", "made up");
    run.cluster.failNext("row", { error: unheard });
    await expect(retry(run)).rejects.toBe(unheard);
    let requests = 0;
    run.cluster.onRequest(() => {
      requests += 1;
    });
    await run.clock.advance(60_000);
    expect(requests).toBe(0);
    expect(await left(run)).toHaveLength(LOST.length);
  });
});

/** A sink that refuses what holds one of these rows. */
function refusing(rows: ReadonlySet<string>) {
  return (sink: CellSink): CellSink => ({
    group: (table, items) => sink.group(table, items),
    compareAndSet: (...args) => sink.compareAndSet(...args),
    send: async (table, mutations, ...rest) => {
      if (mutations.some((mutation) => rows.has(String(mutation.key[0]))))
        throw new RekeyError("CLUSTER.INVALID_QUERY", "value of column email is too large");
      await sink.send(table, mutations, ...rest);
    },
  });
}

/** Keys of which the target makes the same ciphertext every time. */
function losing(): Keyrings {
  const target = testKey("new");
  const encrypt: typeof target.encrypt = async (batch) => batch.map(() => Buffer.from("new:always"));
  return new Keyrings({ target: { ...target, encrypt }, previous: [testKey("old")] });
}
