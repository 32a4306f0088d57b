import { type CellSink, type Clock, RekeyError, type SoonSent } from "@cassandra-rekey/core";
import { describe, expect, it, vi } from "vitest";
import { FencedWriter } from "../../src/writer/fenced-writer.ts";
import { key, old, openWorld, seen, type World, workOn, writeContext } from "../simulated-world.ts";
import { sealedBy } from "../test-keys.ts";

const timeout = new RekeyError("CLUSTER.TIMEOUT", "made up");

/** A table filled long ago, its page read now: what is to be written, and the context of writing it. */
async function read(fill: (world: World) => void, options: Parameters<typeof openWorld>[0] = {}) {
  const world = openWorld(options);
  fill(world);
  await world.clock.advance(20_500);
  const { writes } = await workOn(world);
  const context = writeContext(world);
  const writer = new FencedWriter(world.parts);
  const write = () => world.clock.run(writer.write(writes, context));
  return { world, writes, context, write };
}

describe("a fenced write", () => {
  it("replaces what was read, one microsecond newer", async () => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })));
    const before = world.table.row(key("a"))!.cells[0]!.writetime;
    expect(await write()).toEqual({ rekeyed: 1, cells: 1, raced: 0, left: 0, tooLate: false });
    expect(seen(world, "a")).toEqual(["new:a", undefined]);
    expect(world.table.row(key("a"))!.cells[0]!.writetime).toBe(before + 1n);
  });

  it("loses to a newer write and to a delete of the application, whichever lands first", async () => {
    const { world, write } = await read(({ table }) => {
      for (const pk of ["a", "b", "c", "d"]) table.insert(key(pk), old({ email: pk }));
    });
    world.table.update(key("a"), old({ email: "newer" }));
    world.table.deleteRow(key("b"));
    await write();
    world.table.update(key("c"), old({ email: "newer" }));
    world.table.deleteRow(key("d"));
    expect(["a", "b", "c", "d"].map((pk) => seen(world, pk)?.[0])).toEqual([
      "old:newer",
      undefined,
      "old:newer",
      undefined,
    ]);
  });

  it.each([3_000, -3_000])(
    "sends nothing that expires once the wall clock was set by %i ms",
    async (stepMs) => {
      const { world, write } = await read(({ table }) => {
        table.update(key("a"), old({ email: "a" }), { ttl: 100 });
      });
      const expiry = world.table.expiry(key("a"), "email");
      world.clock.stepWall(stepMs);
      expect(await write()).toMatchObject({ rekeyed: 0, tooLate: true });
      expect(world.table.expiry(key("a"), "email")).toBe(expiry);
      expect(seen(world, "a")?.[0]).toBe("old:a");
    },
  );

  it("keeps away from the turn of the server's second by as much as that is in doubt", async () => {
    const { world, writes, context } = await read(({ table }) => {
      table.update(key("a"), old({ email: "a" }), { ttl: 100 });
    });
    const sentAt: number[] = [];
    world.cluster.onRequest(() => sentAt.push(world.clock.time.utcMs % 1000));
    const moment = { ...context.moment, doubtMs: 300 };
    for (const start of [0, 250, 700, 900]) {
      await world.clock.advance((((start - world.clock.time.utcMs) % 1000) + 1000) % 1000);
      await world.clock.run(new FencedWriter(world.parts).write(writes, { ...context, moment }));
    }
    expect(sentAt.every((ms) => ms >= 320 && ms <= 662)).toBe(true);
    expect(sentAt).toHaveLength(4);
  });

  it("looks again for the turn of a second when its timer was late", async () => {
    const { world, writes, context } = await read(({ table }) => {
      table.update(key("a"), old({ email: "a" }), { ttl: 100 });
    });
    const sentAt: number[] = [];
    world.cluster.onRequest(() => sentAt.push(world.clock.time.utcMs % 1000));
    await world.clock.advance((990 - (world.clock.time.utcMs % 1000) + 1000) % 1000);
    let lateMs = 955;
    const { clock } = world.parts;
    const late: Clock = {
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      timeout: (ms) => clock.timeout(ms),
      sleep: async (ms, signal) => {
        const extraMs = lateMs;
        lateMs = 0;
        await clock.sleep(ms + extraMs, signal);
      },
    };
    const writer = new FencedWriter({ ...world.parts, clock: late });
    expect(await world.clock.run(writer.write(writes, context))).toMatchObject({ rekeyed: 1 });
    expect(sentAt).toHaveLength(1);
    expect(sentAt[0]).toBeGreaterThanOrEqual(20);
    expect(sentAt[0]).toBeLessThan(960);
  });

  it("sends every row once, in the sink's groups", async () => {
    const { world, write } = await read(({ table }) => {
      for (let n = 0; n < 57; n += 1) table.insert(key(`k${n}`), old({ email: `${n}`, phone: `${n}` }));
    });
    const sent: string[] = [];
    world.cluster.onRequest((request) => {
      if (request.kind === "send") sent.push(...request.mutations.map((row) => String(row.key[0])));
    });
    expect(await write()).toMatchObject({ rekeyed: 57, cells: 114 });
    expect(sent.toSorted()).toEqual(Array.from({ length: 57 }, (_, n) => `k${n}`).toSorted());
  });

  it("does not count a row of which only the label was behind", async () => {
    const fill = ({ table }: World) => {
      table.insert(key("a"), { email: sealedBy("new", "a"), v: Buffer.from("old") });
      table.insert(key("b"), { ...old({ email: "b" }), v: Buffer.from("old") });
    };
    const { world, write } = await read(fill, { table: { label: "v" } });
    expect(await write()).toMatchObject({ rekeyed: 1, cells: 3 });
    expect(world.table.rows().map((row) => Buffer.from(row.label!.value).toString())).toEqual(["new", "new"]);
  });

  it("tells the throttles how long the request took, without the wait for a second to turn", async () => {
    const { world, write } = await read(({ table }) =>
      table.update(key("a"), old({ email: "a" }), { ttl: 900 }),
    );
    await world.clock.advance(470);
    await write();
    expect(world.samples).toMatchObject([{ kind: "write", rows: 1, latencyMs: 2 }]);
  });
});

describe("a retry", () => {
  it("sends again what failed, and says so", async () => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })));
    world.cluster.failNext("send", { error: timeout });
    world.cluster.failNext("send", { error: timeout, applied: true });
    expect(await write()).toMatchObject({ rekeyed: 1, cells: 1 });
    expect(world.retries).toEqual(["CLUSTER.TIMEOUT", "CLUSTER.TIMEOUT"]);
    expect(seen(world, "a")![0]).toBe("new:a");
    expect(world.samples.map((sample) => sample.error)).toEqual([
      "CLUSTER.TIMEOUT",
      "CLUSTER.TIMEOUT",
      undefined,
    ]);
  });

  it("goes on until the page is too old, and gives up at once on what will not pass", async () => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })));
    const refused = new RekeyError("CLUSTER.INVALID_QUERY", "made up");
    world.cluster.failNext("send", { error: refused });
    await expect(write()).rejects.toBe(refused);
    expect(world.retries).toEqual([]);
    for (let n = 0; n < 14; n += 1) world.cluster.failNext("send", { error: timeout });
    expect(await write()).toMatchObject({ rekeyed: 0, tooLate: true, trouble: timeout });
  });

  it("computes the TTL again: the cell ends in the second in which it would have", async () => {
    const { world, write } = await read(({ table }) =>
      table.update(key("a"), old({ email: "a" }), { ttl: 100 }),
    );
    const before = world.table.expiry(key("a"), "email");
    world.cluster.failNext("send", { error: timeout, replyDelayMs: 7_300 });
    await write();
    expect(seen(world, "a")![0]).toBe("new:a");
    expect(world.table.expiry(key("a"), "email")).toBe(before);
  });

  it("checks the page's age again, and drops what is too old", async () => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })));
    world.cluster.failNext("send", { error: timeout, replyDelayMs: 30_001 });
    expect(await write()).toMatchObject({ rekeyed: 0, cells: 0, tooLate: true });
    expect(seen(world, "a")![0]).toBe("old:a");
  });

  it("ends with the signal's reason when the lease is lost meanwhile", async () => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })));
    world.cluster.failNext("send", { error: timeout });
    world.cluster.onRequest(() => {});
    const writing = write();
    world.controller.abort(new DOMException("the lease is lost", "AbortError"));
    await expect(writing).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("an old page", () => {
  it.each([
    ["suspended", (world: World) => world.clock.suspend(30_001)],
    ["delayed", (world: World) => world.clock.advance(30_001)],
  ])("is not sent by a host that was %s", async (_, happens) => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })));
    await happens(world);
    world.table.truncate();
    expect(await write()).toMatchObject({ rekeyed: 0, tooLate: true });
    expect(world.table.rows()).toEqual([]);
  });

  it("is checked after the wait for leave, not before", async () => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })), {
      maxInFlight: 1,
    });
    const permit = await world.governor.leave("page", world.controller.signal);
    const writing = write();
    world.clock.time.after(31_000, () => permit.release());
    expect(await writing).toMatchObject({ rekeyed: 0, tooLate: true });
  });
});

describe("a cell that expires", () => {
  it("keeps its second when the statement has to be prepared first, however long that takes", async () => {
    const { world, write } = await read(({ table }) => {
      table.update(key("a"), old({ email: "a" }), { ttl: 100 });
      table.update(key("b"), old({ email: "b" }));
    });
    const before = world.table.expiry(key("a"), "email");
    const prepared: SoonSent[] = [];
    const sink: CellSink = world.cluster;
    sink.prepare = async (_, soon, signal) => {
      prepared.push(soon);
      await world.clock.sleep(2_700, signal);
    };
    expect(await write()).toMatchObject({ rekeyed: 2 });
    expect(seen(world, "a")?.[0]).toBe("new:a");
    expect(world.table.expiry(key("a"), "email")).toBe(before);
    expect(prepared).toHaveLength(1);
  });

  it("is not written with a second or less left: a TTL of 0 would keep it for ever", async () => {
    const { world, write } = await read(({ table }) => {
      table.update(key("a"), old({ email: "a" }), { ttl: 22 });
      table.insert(key("a"), old({ phone: "1" }));
    });
    await world.clock.advance(600);
    expect(await write()).toMatchObject({ rekeyed: 1, cells: 1 });
    expect(seen(world, "a")).toEqual(["old:a", "new:1"]);
    await world.clock.advance(1_000);
    expect(seen(world, "a")).toEqual([undefined, "new:1"]);
  });

  it.each([965, 990, 5])(
    "waits near the turn of a second (%d ms into it) until it is told apart",
    async (into) => {
      const { world, write } = await read(({ table }) =>
        table.update(key("a"), old({ email: "a" }), { ttl: 100 }),
      );
      await world.clock.advance((into - 500 + 1000) % 1000);
      const sentAt = vi.fn();
      world.cluster.onRequest(() => sentAt(Math.round(world.clock.time.utcMs % 1000)));
      await write();
      expect(sentAt).toHaveBeenCalledWith(21);
    },
  );

  it("does not make others wait for the turn of a second", async () => {
    const { world, write } = await read(({ table }) => table.insert(key("a"), old({ email: "a" })));
    await world.clock.advance(490);
    const sentAt = vi.fn();
    world.cluster.onRequest(() => sentAt(world.clock.time.utcMs % 1000));
    await write();
    expect(sentAt).toHaveBeenCalledWith(991);
  });
});
