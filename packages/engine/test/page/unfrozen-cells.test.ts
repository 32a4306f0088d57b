import { int, readItems } from "@cassandra-rekey/cassandra";
import type { CellColumn, ElementCell, Row } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { freshCells } from "../../src/page/page-slots.ts";
import { Rekeyer } from "../../src/page/rekeyer.ts";
import { fencedWrite } from "../../src/writer/fence.ts";
import { openWorld, task } from "../simulated-world.ts";
import { sealedBy, unsealed } from "../test-keys.ts";

const COLUMNS: readonly CellColumn[] = [
  { name: "phones", type: "map<text, blob>", form: "binary", part: "map-values" },
  { name: "person", type: "blob", form: "binary", part: { field: "name" } },
  { name: "person", type: "blob", form: "binary", part: { field: "mail" } },
];
const element = (key: string, value: Buffer, writetime: bigint, ttl?: number): ElementCell => {
  return { column: 0, key: Buffer.from(key), value, writetime, ttl };
};
const rowOf = (elements: readonly ElementCell[], ...fields: (Buffer | undefined)[]): Row => ({
  token: 1n,
  key: [Buffer.from("a"), Buffer.from("1")],
  cells: [
    undefined,
    ...[0, 1].map(
      (index) => fields[index] && { value: fields[index], writetime: BigInt(50 + index), ttl: undefined },
    ),
  ],
  elements,
  label: undefined,
});

async function worked(rows: readonly Row[], changes: Parameters<typeof task>[1] = {}) {
  const world = openWorld();
  const table = { ...world.table.shape, columns: COLUMNS };
  const serverMs = world.clock.time.utcMs;
  const work = await new Rekeyer(world.keyring).work(
    { ...task(world), table, ...changes },
    rows,
    serverMs,
    world.controller.signal,
  );
  return { work, serverMs };
}

describe("values of a map and fields of a UDT that are not frozen", () => {
  it("are cells of their own, each written at its own place with its own writetime and expiry", async () => {
    const row = rowOf(
      [
        element("home", sealedBy("old", "1"), 10n, 500),
        element("new", sealedBy("new", "2"), 20n),
        element("work", sealedBy("old", "3"), 30n),
      ],
      sealedBy("old", "n"),
      sealedBy("old", "m"),
    );
    const { work, serverMs } = await worked([row]);
    const writes = work.writes[0]!.cells.map((cell) => fencedWrite(cell, serverMs)!);
    expect(
      writes.map(({ column, part, value, timestamp, ttl }) => [
        column,
        part,
        unsealed(value).plaintext,
        timestamp,
        ttl,
      ]),
    ).toEqual([
      ["person", { field: "name" }, "n", 51n, 0],
      ["person", { field: "mail" }, "m", 52n, 0],
      ["phones", { key: Buffer.from("home") }, "1", 11n, 500],
      ["phones", { key: Buffer.from("work") }, "3", 31n, 0],
    ]);
    expect(work).toMatchObject({ cells: 5, opened: 5, scanned: 1 });
    expect(work.census).toContainEqual({
      column: "phones",
      keyVersion: "old",
      cells: 2,
      newestWritetime: 30n,
    });
  });

  it("are young, set aside and counted each by itself", async () => {
    const now = BigInt(openWorld().clock.time.utcMs) * 1000n;
    const row = rowOf([
      element("a", sealedBy("old", "1"), now),
      element("b", sealedBy("old", "2"), now),
      element("c", sealedBy("lost", "3"), 30n),
      element("d", sealedBy("old", "4"), 40n),
    ]);
    const { work } = await worked([row]);
    expect(work).toMatchObject({ young: 2, quarantinedRows: 1 });
    expect(work.quarantine).toMatchObject([{ column: "phones", writetime: 30n }]);
    expect(work.writes[0]!.cells).toMatchObject([{ part: { key: Buffer.from("d") } }]);
  });
});

describe("elements of a list and of a set that are not frozen", () => {
  const columns: readonly CellColumn[] = [
    { name: "l", type: "list<blob>", form: "binary", part: "list-elements" },
    { name: "s", type: "set<blob>", form: "binary", part: "set-elements" },
  ];
  const inList = (position: number, value: Buffer, ttl?: number): ElementCell => {
    return { column: 0, key: Buffer.from([0, 0, 0, position]), value, writetime: 10n, ttl };
  };
  const inSet = (value: Buffer): ElementCell => ({
    column: 1,
    key: value,
    value,
    writetime: 20n,
    ttl: undefined,
  });
  const workedOn = async (elements: readonly ElementCell[]) => {
    const row = { ...rowOf(elements), cells: [undefined, undefined] };
    const world = openWorld();
    const lwt = task(world, { table: { ...world.table.shape, columns }, writeMode: "lwt" });
    const { utcMs } = world.clock.time;
    return new Rekeyer(world.keyring).work(lwt, [row], utcMs, world.controller.signal);
  };

  it("are written where they are, and expect the whole list or set as it was read", async () => {
    const [a, b, c] = [sealedBy("old", "a"), sealedBy("new", "b"), sealedBy("old", "c")];
    const work = await workedOn([inList(0, a), inList(1, b), inList(2, c, 500), inSet(a), inSet(b)]);
    const { cells } = work.writes[0]!;
    expect(
      cells.map(({ part, value, expiresAt }) => [part, unsealed(value).plaintext, expiresAt !== undefined]),
    ).toEqual([
      [{ position: 0 }, "a", false],
      [{ position: 2 }, "c", true],
      [{ element: a }, "a", false],
    ]);
    expect(cells.map(({ expected }) => readItems(expected).map((item) => Buffer.from(item!)))).toEqual([
      [a, b, c],
      [a, b, c],
      [a, b],
    ]);
    for (const cell of cells) expect(() => fencedWrite(cell, 0)).toThrow(/cannot be written with a fence/);
  });

  it("of a list that is too long for the server to set by position are set aside", async () => {
    const long = Array.from({ length: 1_001 }, (_, at) => ({
      ...inList(0, sealedBy("old", "a")),
      key: int(at),
    }));
    const work = await workedOn([...long, inSet(sealedBy("old", "s"))]);
    expect(work.writes[0]!.cells.map(({ column }) => column)).toEqual(["s"]);
    expect(work.quarantine.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/more than 1,000 elements/),
    ]);
    expect((await workedOn(long.slice(1))).writes[0]!.cells).toHaveLength(1_000);
  });

  it("that would become one element of their set are set aside", async () => {
    const world = openWorld();
    const table = { ...world.table.shape, columns };
    const rows = [
      { ...rowOf([inSet(Buffer.from("x")), inSet(Buffer.from("y")), inSet(Buffer.from("z"))]), cells: [] },
    ];
    const slots = [0, 1].map((element) => ({ row: 0, column: 1, element, place: "s" }));
    const same = [Buffer.from("n"), Buffer.from("n")];
    const twice = freshCells(table, rows, slots, same);
    expect(twice.cells).toHaveLength(1);
    expect(twice.unreadable.map(({ reason }) => reason)).toEqual([
      "two elements of a set became the same ciphertext",
    ]);
    expect(freshCells(table, rows, slots, [Buffer.from("z"), Buffer.from("n")]).cells).toHaveLength(1);
  });
});
