import { type Row, simpleKey } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Keyring } from "../../src/keyring/keyring.ts";
import { Rekeyer } from "../../src/page/rekeyer.ts";
import { MAX_WRITETIME } from "../../src/writer/fence.ts";
import { key, old, openWorld, task, workOn } from "../simulated-world.ts";
import { sealedBy, testKey, unsealed } from "../test-keys.ts";

const settledFor = 20_000;

/** A world whose table was filled long enough ago. */
async function filled(fill: (table: ReturnType<typeof openWorld>["table"]) => void, label?: string) {
  const world = openWorld({ table: label === undefined ? {} : { label } });
  fill(world.table);
  await world.clock.advance(settledFor);
  return world;
}

describe("cells", () => {
  it("leaves null cells and cells under the target alone, and rewrites those under a previous key", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), { ...old({ email: "a@x" }), phone: null });
      table.insert(key("b"), { email: sealedBy("new", "b@x") });
      table.insert(key("c"), {});
    });
    const work = await workOn(world);
    expect(work.writes.map((row) => [String(row.key[0]), row.cells.map(({ column }) => column)])).toEqual([
      ["a", ["email"]],
    ]);
    expect(work).toMatchObject({ scanned: 3, cells: 2, opened: 2, young: 0, quarantinedRows: 0 });
    expect(work.census.map(({ keyVersion, cells }) => [keyVersion, cells]).sort()).toEqual([
      ["new", 1],
      ["old", 1],
    ]);
  });

  it("puts each new value into its own cell, whatever is around it", async () => {
    const cell = fc.constantFrom("old", "new", "strange", undefined);
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rows, async (versions) => {
        const world = await filled((table) => {
          versions.forEach((pair, index) => {
            const [email, phone] = pair.map((version, column) =>
              version === undefined ? null : sealedBy(version, `${index}/${column}`),
            );
            table.insert(key(`k${index}`), { email: email!, phone: phone! });
          });
        });
        const work = await workOn(world);
        const written = work.writes.flatMap((row) =>
          row.cells.map(({ column, value }) => {
            const { version, plaintext } = unsealed(value);
            return `${version} ${row.key[0]} ${column} ${plaintext}`;
          }),
        );
        const expected = versions.flatMap((pair, index) =>
          pair.flatMap((version, column) =>
            version === "old" ? [`new k${index} ${["email", "phone"][column]} ${index}/${column}`] : [],
          ),
        );
        expect(written.sort()).toEqual(expected.sort());
      }),
      { numRuns: 50 },
    );
  });

  it("quarantines a cell that no key opens, by key and reason, and never writes it", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), { email: Buffer.from("garbage"), ...old({ phone: "1" }) });
    });
    const work = await workOn(world);
    expect(work.quarantine).toEqual([
      {
        table: "users",
        column: "email",
        key: key("a"),
        writetime: world.table.rows()[0]!.cells[0]!.writetime,
        reason: expect.stringContaining("old: not-authentic"),
      },
    ]);
    expect(work.quarantine[0]!.reason).not.toContain("garbage");
    expect(work.writes[0]!.cells.map(({ column }) => column)).toEqual(["phone"]);
    expect(work).toMatchObject({ quarantinedRows: 1, opened: 1, cells: 2 });
  });

  it("quarantines the largest writetime, which nothing can be newer than", async () => {
    const world = await filled((table) => {
      table.update(key("a"), old({ email: "a" }), { timestamp: MAX_WRITETIME });
    });
    const work = await workOn(world);
    expect(work.writes).toEqual([]);
    expect(work.quarantine[0]!.reason).toContain("writetime");
  });

  it("leaves a young cell for a later visit, and its settled neighbour not", async () => {
    const world = await filled((table) => table.insert(key("a"), old({ email: "a", phone: "1" })));
    world.table.update(key("a"), old({ phone: "2" }));
    const work = await workOn(world);
    expect(work.young).toBe(1);
    expect(work.writes[0]!.cells.map(({ column }) => column)).toEqual(["email"]);
  });

  it("rewrites a cell dated ahead on the later visit, except by lightweight transaction", async () => {
    const world = openWorld();
    const ahead = world.table.stamp() + 30_000_000n;
    world.table.update(key("a"), old({ email: "a" }), { timestamp: ahead });
    expect((await workOn(world)).young).toBe(1);
    expect((await workOn(world, { visit: 1 })).writes).toHaveLength(1);
    const lwt = await workOn(world, { visit: 1, writeMode: "lwt" });
    expect(lwt).toMatchObject({ young: 1, writes: [] });
    world.table.update(key("a"), old({ email: "a" }), { timestamp: ahead + 60_000_000n });
    const later = await workOn(world, { visit: 1, writeMode: "lwt" });
    expect(later.quarantine[0]!.reason).toContain("future");
  });

  it("keeps the second in which a cell expires", async () => {
    const world = await filled((table) => table.update(key("a"), old({ email: "a" }), { ttl: 100 }));
    const work = await workOn(world);
    expect(work.writes[0]!.cells[0]!.expiresAt).toBe(world.table.expiry(key("a"), "email"));
  });

  it("counts without writing or sealing when it verifies", async () => {
    const world = await filled((table) => table.insert(key("a"), old({ email: "a" })));
    const work = await workOn(world, { kind: "verify" });
    expect(work.writes).toEqual([]);
    expect(work.census).toMatchObject([{ column: "email", keyVersion: "old", cells: 1 }]);
  });
});

describe("a key version label", () => {
  const label = (text: string) => ({ v: Buffer.from(text) });

  it("is rewritten like a cell, with its own writetime, in the same row write", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), { ...old({ email: "a" }), ...label("old") });
    }, "v");
    const [row] = (await workOn(world)).writes;
    expect(row!.cells.map(({ column, value }) => [column, column === "v" ? String(value) : ""])).toEqual([
      ["email", ""],
      ["v", "new"],
    ]);
    expect(row!.rekeys).toBe(true);
  });

  it("is never created, and never touched beside a row without cells", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), old({ email: "a" }));
      table.insert(key("b"), label("old"));
    }, "v");
    const columns = (await workOn(world)).writes.flatMap((row) => row.cells.map(({ column }) => column));
    expect(columns).toEqual(["email"]);
  });

  it("follows cells that are under the target already; that alone does not count as a rekeyed row", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), { email: sealedBy("new", "a"), ...label("old") });
      table.insert(key("b"), { email: sealedBy("new", "b"), ...label("new") });
    }, "v");
    const { writes } = await workOn(world);
    expect(writes).toHaveLength(1);
    expect(writes[0]).toMatchObject({ rekeys: false, cells: [{ column: "v" }] });
  });

  it("stays while a cell of its row stays under another key", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), { ...old({ email: "a" }), phone: Buffer.from("garbage"), ...label("old") });
    }, "v");
    const columns = (await workOn(world)).writes.flatMap((row) => row.cells.map(({ column }) => column));
    expect(columns).toEqual(["email"]);
  });
});

describe("columns with a keyring of their own", () => {
  const cards = new Keyring(testKey("c2"), [testKey("c1")]);
  const rekeyer = new Rekeyer(new Keyring(testKey("new"), [testKey("old")]), new Map([["phone", cards]]));
  const worked = (world: ReturnType<typeof openWorld>, kind: "rekey" | "verify" = "rekey") => {
    const rows = world.table.rows();
    return rekeyer.work(task(world, { kind }), rows, world.clock.time.utcMs, world.controller.signal);
  };
  const label = { v: Buffer.from("old") };

  it("are opened and sealed with that, the others with the table's, each cell in its place", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), { ...old({ email: "a" }), phone: sealedBy("c1", "1") });
      table.insert(key("b"), { email: sealedBy("c1", "b"), phone: sealedBy("old", "2") });
      table.insert(key("c"), { email: sealedBy("new", "c"), phone: sealedBy("c2", "3") });
    });
    const { writes, census, quarantine } = await worked(world);
    const written = writes.flatMap((row) => row.cells.map(({ value }) => unsealed(value)));
    expect(written).toEqual([
      { version: "new", plaintext: "a" },
      { version: "c2", plaintext: "1" },
    ]);
    expect(census.map(({ column, keyVersion, cells }) => `${column} ${keyVersion} ${cells}`).sort()).toEqual([
      "email (unknown) 1",
      "email new 1",
      "email old 1",
      "phone (unknown) 1",
      "phone c1 1",
      "phone c2 1",
    ]);
    expect(quarantine.map(({ column }) => column)).toEqual(["email", "phone"]);
    expect([rekeyer.targetVersion("email"), rekeyer.targetVersion("phone")]).toEqual(["new", "c2"]);
  });

  it("do not move the label, nor hold it back: it speaks of the others", async () => {
    const world = await filled((table) => {
      table.insert(key("a"), { ...old({ email: "a" }), phone: Buffer.from("garbage"), ...label });
      table.insert(key("b"), { phone: sealedBy("c1", "2"), ...label });
    }, "v");
    const { writes } = await worked(world);
    expect(writes.map((row) => row.cells.map(({ column }) => column))).toEqual([["email", "v"], ["phone"]]);
    expect(String(writes[0]!.cells[1]!.value)).toBe("new");
  });

  it("do not leave plaintexts of the others behind when their keys fail", async () => {
    const opened: Uint8Array[] = [];
    const first = testKey("new");
    const noting: typeof first = {
      ...first,
      decrypt: async (batch, signal) => {
        const results = await first.decrypt(batch, signal);
        for (const result of results) if ("plaintext" in result) opened.push(result.plaintext);
        return results;
      },
    };
    const away = { ...testKey("c2"), decrypt: () => Promise.reject(new Error("away")) };
    const failing = new Rekeyer(new Keyring(noting, []), new Map([["phone", new Keyring(away, [])]]));
    const world = await filled((table) =>
      table.insert(key("a"), { email: sealedBy("new", "secret"), phone: sealedBy("c2", "1") }),
    );
    const rows = world.table.rows();
    await expect(
      failing.work(task(world), rows, world.clock.time.utcMs, world.controller.signal),
    ).rejects.toThrow("away");
    expect(opened.map((plaintext) => [...new Set(plaintext)])).toEqual([[0], [0]]);
  });
});

describe("plaintexts", () => {
  const opened: Uint8Array[] = [];
  const leaky = (fails: boolean) =>
    simpleKey({
      version: "new",
      decrypt: (value) =>
        String.fromCharCode(value[0]!) === "o" ? undefined : Uint8Array.from(value.subarray(1)),
      encrypt: (value) => {
        if (fails) throw new Error("away");
        return Buffer.concat([Buffer.from("n"), value]);
      },
    });
  const previous = simpleKey({
    version: "old",
    decrypt: (value) => {
      const plaintext = Uint8Array.from(value.subarray(1));
      opened.push(plaintext);
      return plaintext;
    },
    encrypt: (value) => value,
  });

  it.each([false, true])("are wiped when the page is done, also after a failure (%s)", async (fails) => {
    opened.length = 0;
    const world = openWorld();
    const rekeyer = new Rekeyer(new Keyring(leaky(fails), [previous]));
    const row: Row = {
      token: 1n,
      key: key("a"),
      cells: [{ value: Buffer.from("osecret"), writetime: 1n, ttl: undefined }, undefined],
      label: undefined,
    };
    const working = rekeyer.work(task(world), [row], world.clock.time.utcMs, world.controller.signal);
    if (fails) await expect(working).rejects.toThrow("away");
    else expect(String((await working).writes[0]!.cells[0]!.value)).toBe("nsecret");
    expect(opened.map((plaintext) => [...new Set(plaintext)])).toEqual([[0], [0]]);
  });
});

it("opens with the same keys what it wrote", async () => {
  const keyring = new Keyring(testKey("new"), [testKey("old")]);
  const world = await filled((table) => table.insert(key("a"), old({ email: "a" })));
  const [row] = (await workOn(world)).writes;
  const { value } = row!.cells[0]!;
  const context = { keyspace: "app", table: "users", column: "email", primaryKey: key("a") };
  const [result] = await keyring.classify(
    [{ ciphertext: value, form: "binary", context }],
    world.controller.signal,
  );
  expect(result).toMatchObject({ under: "target", version: "new" });
});
