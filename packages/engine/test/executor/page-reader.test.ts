import { type Cell, MAX_TOKEN, MIN_TOKEN, RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { PageReader } from "../../src/executor/page-reader.ts";
import { expirySecond } from "../../src/writer/fence.ts";
import { key, old, openWorld } from "../simulated-world.ts";

const timeout = new RekeyError("CLUSTER.TIMEOUT", "made up");

function setUp(options: Parameters<typeof openWorld>[0] = {}) {
  const world = openWorld(options);
  const reader = new PageReader(world.parts);
  let pages = 0;
  world.cluster.onRequest(({ kind }) => {
    if (kind === "page") pages += 1;
  });
  const read = () => {
    const range = { after: MIN_TOKEN, upTo: MAX_TOKEN };
    const request = { table: world.table.shape, range, cursor: undefined, maxRows: 100, consistency: "ONE" };
    return world.clock.run(reader.read(request, world.controller.signal));
  };
  return { ...world, read, pages: () => pages };
}

describe("PageReader", () => {
  it("tells the moment of a page from before the request, on this host's clocks and the server's", async () => {
    const { clock, table, read } = setUp({ cluster: { aheadMs: 5_000, latencyMs: 10 } });
    await clock.advance(500);
    table.insert(key("a"), old({ email: "a" }));
    const started = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const { moment, readMs } = await read();
    expect(readMs).toBe(20);
    expect(moment).toEqual({ ...started, serverMs: started.wallMs + 5_000, doubtMs: 10 });
  });

  it("is patient with what passes, and tells throttles and hooks", async () => {
    const { cluster, table, read, retries, samples } = setUp();
    table.insert(key("a"), old({ email: "a" }));
    cluster.failNext("page", { error: timeout });
    cluster.failNext("page", { error: timeout });
    expect((await read()).page.rows).toHaveLength(1);
    expect(retries).toEqual(["CLUSTER.TIMEOUT", "CLUSTER.TIMEOUT"]);
    expect(samples.map(({ kind, rows, error }) => [kind, rows, error])).toEqual([
      ["read", 0, "CLUSTER.TIMEOUT"],
      ["read", 0, "CLUSTER.TIMEOUT"],
      ["read", 1, undefined],
    ]);
  });

  it("passes on what will not pass, and gives its leave back", async () => {
    const { cluster, read, governor, controller } = setUp({ maxInFlight: 1 });
    const refused = new RekeyError("CLUSTER.UNAUTHORIZED", "made up");
    cluster.failNext("page", { error: refused });
    await expect(read()).rejects.toBe(refused);
    (await governor.leave("page", controller.signal)).release();
  });

  it("reads again when the second turned on the way and cells expire: each expiry would be a second off", async () => {
    const { clock, table, read, pages } = setUp({ cluster: { latencyMs: 10 } });
    table.update(key("a"), old({ email: "a" }), { ttl: 100 });
    await clock.advance(992);
    const { page } = await read();
    expect(pages()).toBe(2);
    const cell: Cell = page.rows[0]!.cells[0]!;
    expect(expirySecond(cell, page.serverTimeMs!)).toBe(table.expiry(key("a"), "email"));
  });

  it("reads again, and less, when reading took so long that the server's time is in doubt and cells expire", async () => {
    const { clock, cluster, table, read, pages } = setUp({ cluster: { latencyMs: 10 } });
    for (const pk of ["a", "b"]) table.update(key(pk), old({ email: pk }), { ttl: 100 });
    cluster.failNext("page", { replyDelayMs: 5_000 });
    await clock.advance(100);
    const { page, moment } = await read();
    expect(pages()).toBe(2);
    expect(moment.doubtMs).toBe(10);
    expect(page.rows).toHaveLength(2);
    for (let turn = 0; turn < 4; turn += 1) cluster.failNext("page", { replyDelayMs: 5_000 });
    await clock.advance(100);
    expect((await read()).moment.doubtMs).toBeGreaterThan(2_000);
    expect(pages()).toBe(6);
  });

  it("goes by the reading in least doubt when none is good enough: the last may have come latest of all", async () => {
    const { clock, cluster, table, read, pages } = setUp({ cluster: { latencyMs: 10 } });
    table.update(key("a"), old({ email: "a" }), { ttl: 100 });
    for (const replyDelayMs of [2_000, 1_000, 3_000, 5_000]) cluster.failNext("page", { replyDelayMs });
    await clock.advance(100);
    const started = clock.monotonicMs();
    const { moment, readMs } = await read();
    expect(pages()).toBe(4);
    expect({ readMs, doubtMs: moment.doubtMs }).toEqual({ readMs: 1_020, doubtMs: 510 });
    expect(moment.monotonicMs).toBe(started + 2_020);
  });

  it("does not care about the turn of a second when nothing expires", async () => {
    const { clock, table, read, pages } = setUp({ cluster: { latencyMs: 10 } });
    table.update(key("a"), old({ email: "a" }));
    await clock.advance(992);
    await read();
    expect(pages()).toBe(1);
  });
});
