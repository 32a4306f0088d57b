import { type CellSink, RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { LwtWriter } from "../../src/writer/lwt-writer.ts";
import { key, old, openWorld, seen, task, type World, workOn, writeContext } from "../simulated-world.ts";
import { sealedBy } from "../test-keys.ts";

const timeout = new RekeyError("CLUSTER.TIMEOUT", "made up");
const nothing = { rekeyed: 0, cells: 0, raced: 0, left: 0, tooLate: false };

async function read(
  fill: (world: World) => void = ({ table }) => table.insert(key("a"), old({ email: "a" })),
  options: Parameters<typeof openWorld>[0] = {},
  serialConsistency?: string,
) {
  const world = openWorld(options);
  fill(world);
  await world.clock.advance(20_500);
  const { writes } = await workOn(world, { writeMode: "lwt" });
  const context = writeContext(world, { task: task(world, { writeMode: "lwt" }) });
  const writer = new LwtWriter(world.parts, world.cluster, world.rekeyer, serialConsistency);
  return { world, write: () => world.clock.run(writer.write(writes, context)) };
}

/** The application writes just before each of the next compare-and-sets takes effect. */
function race(world: World, times: number, write: (n: number) => void) {
  let n = 0;
  world.cluster.onRequest((request) => {
    if (request.kind !== "compareAndSet" || n === times) return;
    n += 1;
    write(n);
  });
}

describe("LwtWriter", () => {
  it("writes a row that still holds what was read", async () => {
    const { world, write } = await read();
    expect(await write()).toEqual({ ...nothing, rekeyed: 1, cells: 1 });
    expect(seen(world, "a")).toEqual(["new:a", undefined]);
    expect(world.samples).toMatchObject([{ kind: "write", rows: 1 }]);
  });

  it("writes label and cell together, and counts a label alone as no rekeyed row", async () => {
    const { world, write } = await read(
      ({ table }) => {
        table.insert(key("a"), { ...old({ email: "a" }), v: Buffer.from("old") });
        table.insert(key("b"), { email: sealedBy("new", "b"), v: Buffer.from("old") });
      },
      { table: { label: "v" } },
    );
    expect(await write()).toEqual({ ...nothing, rekeyed: 1, cells: 3 });
    expect(world.table.rows().map((row) => Buffer.from(row.label!.value).toString())).toEqual(["new", "new"]);
  });

  it("writes the label last, where cells of a row need several transactions", async () => {
    const { world, write } = await read(
      ({ table }) => {
        table.insert(key("a"), { ...old({ email: "a" }), v: Buffer.from("old") });
        table.update(key("a"), old({ phone: "1" }), { ttl: 3_600 });
      },
      { table: { label: "v" } },
    );
    // What is left of the row is left to whoever comes after this worker.
    race(world, 1, () => world.controller.abort(new Error("stopped")));
    await expect(write()).rejects.toThrow("stopped");
    expect(seen(world, "a")).toEqual(["old:a", "new:1"]);
    expect(Buffer.from(world.table.row(key("a"))!.label!.value).toString()).toBe("old");
  });

  it("reads a row that lost again, and rewrites what the application wrote", async () => {
    const { world, write } = await read();
    race(world, 2, (n) => world.table.update(key("a"), old({ email: `newer ${n}` })));
    expect(await write()).toEqual({ ...nothing, rekeyed: 1, cells: 1, raced: 1 });
    expect(seen(world, "a")![0]).toBe("new:newer 2");
  });

  it.each(["LOCAL_SERIAL", undefined])(
    "decides at the serial level %s, and reads what lost there",
    async (level) => {
      const { world, write } = await read(undefined, {}, level);
      const levels: unknown[] = [];
      const { compareAndSet, row } = world.cluster;
      world.cluster.compareAndSet = (...args) => {
        levels.push((args as readonly unknown[])[5]);
        return compareAndSet.apply(world.cluster, args);
      };
      world.cluster.row = (...args) => {
        levels.push(args[2]);
        return row.apply(world.cluster, args);
      };
      race(world, 1, () => world.table.update(key("a"), old({ email: "newer" })));
      await write();
      expect(levels).toEqual([level, level ?? "SERIAL", level]);
    },
  );

  it("leaves a row that lost after the third reading for the later visit", async () => {
    const { world, write } = await read();
    let reads = 0;
    world.cluster.onRequest(({ kind }) => {
      if (kind === "row") reads += 1;
    });
    race(world, 10, (n) => world.table.update(key("a"), old({ email: `newer ${n}` })));
    expect(await write()).toEqual({ ...nothing, raced: 1, left: 1 });
    expect(reads).toBe(3);
    expect(seen(world, "a")![0]).toBe("old:newer 4");
  });

  it("is content when the application deleted the row or wrote it under the target", async () => {
    const { world, write } = await read(({ table }) => {
      table.insert(key("a"), old({ email: "a" }));
      table.insert(key("b"), old({ email: "b" }));
    });
    world.table.deleteRow(key("a"));
    world.table.update(key("b"), { email: sealedBy("new", "fresh") });
    expect(await write()).toEqual({ ...nothing, raced: 2 });
    expect([seen(world, "a"), seen(world, "b")![0]]).toEqual([undefined, "new:fresh"]);
  });
});

describe("an outcome that is not known", () => {
  it.each([true, false])("is resolved by reading the row (applied: %s)", async (applied) => {
    const { world, write } = await read();
    world.cluster.failNext("compareAndSet", { error: timeout, applied });
    expect(await write()).toEqual({ ...nothing, rekeyed: 1, cells: 1 });
    expect(seen(world, "a")![0]).toBe("new:a");
  });

  it("counts as ours when a repeated try loses to the first", async () => {
    const { world, write } = await read();
    const ours = world.cluster.compareAndSet.bind(world.cluster);
    let first = true;
    world.cluster.compareAndSet = async (...args) => {
      const result = await ours(...args);
      if (!first) return result;
      first = false;
      throw timeout;
    };
    expect(await write()).toEqual({ ...nothing, rekeyed: 1, cells: 1 });
  });
});

describe("trouble on the way", () => {
  it("is tried again, with the error told to the throttles", async () => {
    const { world, write } = await read();
    world.cluster.failNext("compareAndSet", { error: timeout });
    world.cluster.failNext("compareAndSet", { error: timeout });
    expect(await write()).toEqual({ ...nothing, rekeyed: 1, cells: 1 });
    expect(world.retries).toEqual(["CLUSTER.TIMEOUT", "CLUSTER.TIMEOUT"]);
    expect(world.samples.map(({ error }) => error)).toEqual([
      "CLUSTER.TIMEOUT",
      "CLUSTER.TIMEOUT",
      undefined,
    ]);
  });

  it("in reading a row again does not change when it expires", async () => {
    const { world, write } = await read();
    let expiry: number | undefined;
    race(world, 1, () => {
      world.table.update(key("a"), old({ email: "newer" }), { ttl: 100 });
      expiry = world.table.expiry(key("a"), "email");
    });
    world.cluster.failNext("row", { replyDelayMs: 5_000 });
    expect(await write()).toMatchObject({ rekeyed: 1, raced: 1 });
    expect(seen(world, "a")![0]).toBe("new:newer");
    expect(world.table.expiry(key("a"), "email")).toBe(expiry);
  });

  it("is tried again while reading, too", async () => {
    const { world, write } = await read();
    race(world, 1, () => world.table.update(key("a"), old({ email: "newer" })));
    world.cluster.failNext("row", { error: timeout });
    expect(await write()).toMatchObject({ rekeyed: 1, raced: 1 });
    expect(world.retries).toEqual(["CLUSTER.TIMEOUT"]);
  });

  it("lasts until the page is too old, and ends the write at once when it will not pass", async () => {
    const { world, write } = await read();
    const refused = new RekeyError("CLUSTER.UNAUTHORIZED", "made up");
    world.cluster.failNext("compareAndSet", { error: refused });
    await expect(write()).rejects.toBe(refused);
    for (let n = 0; n < 14; n += 1) world.cluster.failNext("compareAndSet", { error: timeout });
    expect(await write()).toMatchObject({ rekeyed: 0, tooLate: true, trouble: timeout });
  });

  it("drops a page that grew too old between two tries", async () => {
    const { world, write } = await read();
    world.cluster.failNext("compareAndSet", { error: timeout, replyDelayMs: 30_001 });
    expect(await write()).toMatchObject({ ...nothing, tooLate: true });
    expect(seen(world, "a")![0]).toBe("old:a");
  });
});

describe("expiry", () => {
  it("keeps its second when the transaction has to be prepared first", async () => {
    const { world, write } = await read(({ table }) =>
      table.update(key("a"), old({ email: "a" }), { ttl: 100 }),
    );
    const before = world.table.expiry(key("a"), "email");
    const sink: CellSink = world.cluster;
    sink.prepare = (_, soon, signal) => {
      expect(soon).toMatchObject({ conditional: [{ column: "email" }] });
      return world.clock.sleep(2_700, signal);
    };
    expect(await write()).toMatchObject({ rekeyed: 1 });
    expect(world.table.expiry(key("a"), "email")).toBe(before);
  });

  it("is kept to the second, a transaction for each, and never becomes 0", async () => {
    const { world, write } = await read(({ table }) => {
      table.update(key("a"), old({ email: "a" }), { ttl: 100 });
      table.update(key("a"), old({ phone: "1" }), { ttl: 22 });
    });
    const before = world.table.expiry(key("a"), "email");
    await world.clock.advance(600);
    world.cluster.failNext("compareAndSet", { error: timeout, replyDelayMs: 3_000 });
    expect(await write()).toMatchObject({ rekeyed: 1, cells: 1 });
    expect(world.table.expiry(key("a"), "email")).toBe(before);
    expect(seen(world, "a")).toEqual(["new:a", undefined]);
  });

  it("keeps its second when what lost is read again across the turn of one", async () => {
    const { world, write } = await read(({ table }) =>
      table.update(key("a"), old({ email: "a" }), { ttl: 100 }),
    );
    race(world, 1, () => world.table.update(key("a"), old({ email: "newer" }), { ttl: 300 }));
    const { row } = world.cluster;
    let readings = 0;
    world.cluster.row = async (...args) => {
      const found = await row.apply(world.cluster, args);
      readings += 1;
      // It waits for the transactions of others: times to live are counted before, the clock is read after that.
      if (readings === 1) await world.clock.time.wait(700);
      return found && { ...found, serverTimeMs: Math.floor(world.cluster.utcMs) };
    };
    expect(await write()).toMatchObject({ rekeyed: 1, raced: 1 });
    expect(readings).toBe(2);
    const cell = world.table.row(key("a"))!.cells[0]!;
    expect(Math.floor(world.cluster.utcMs / 1000) + cell.ttl!).toBe(
      Math.floor(world.clock.time.epochMs / 1000) + 320,
    );
  });

  it("is told apart from the next second before it is computed", async () => {
    const { world, write } = await read(({ table }) =>
      table.update(key("a"), old({ email: "a" }), { ttl: 100 }),
    );
    await world.clock.advance(480);
    const sentAt: number[] = [];
    world.cluster.onRequest(() => sentAt.push(Math.round(world.clock.time.utcMs % 1000)));
    await write();
    expect(sentAt).toEqual([21]);
  });
});
