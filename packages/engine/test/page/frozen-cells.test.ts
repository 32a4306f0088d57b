import { readLeaves } from "@cassandra-rekey/cassandra";
import type { CellColumn, LeafTree, Row } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Rekeyer } from "../../src/page/rekeyer.ts";
import { openWorld, task } from "../simulated-world.ts";
import { sealedBy, unsealed } from "../test-keys.ts";

const leaf = (path: string): LeafTree => ({ kind: "leaf", form: "binary", path });
/** `frozen<list<frozen<{kind, phone}>>>`, with ciphertext in the phones. */
const LEAVES: LeafTree = { kind: "list", of: { kind: "fields", of: [undefined, leaf("[*].phone")] } };
const COLUMN: CellColumn = {
  name: "contacts",
  type: "frozen<list<frozen<contact>>>",
  form: "binary",
  leaves: LEAVES,
};
const AGO = 1_000_000n;

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
const part = (bytes: Buffer | null) => (bytes ? Buffer.concat([int(bytes.length), bytes]) : int(-1));
const contacts = (...phones: (Buffer | null)[]) =>
  Buffer.concat([
    int(phones.length),
    ...phones.map((phone) =>
      part(Buffer.concat([part(Buffer.from("home")), part(phone), part(Buffer.from("more"))])),
    ),
  ]);
const row = (value: Buffer, cell: { writetime?: bigint; ttl?: number } = {}): Row => ({
  token: 1n,
  key: [Buffer.from("a"), Buffer.from("1")],
  cells: [{ value, writetime: AGO, ttl: undefined, ...cell }],
  label: undefined,
});

async function worked(rows: readonly Row[], changes: Parameters<typeof task>[1] = {}) {
  const world = openWorld();
  const table = { ...world.table.shape, columns: [COLUMN] };
  const rekeyer = new Rekeyer(world.keyring);
  const { signal } = world.controller;
  return rekeyer.work({ ...task(world), table, ...changes }, rows, world.clock.time.utcMs, signal);
}
const phonesIn = (value: Uint8Array) =>
  readLeaves(LEAVES, value).map(({ bytes }) => {
    const { version, plaintext } = unsealed(bytes);
    return `${version}:${plaintext}`;
  });

describe("a frozen value", () => {
  it("is one cell: its leaves are rekeyed, all else stays byte for byte, its expiry is kept", async () => {
    const value = contacts(sealedBy("old", "1"), null, sealedBy("new", "2"), sealedBy("old", "3"));
    const work = await worked([row(value, { ttl: 500 })]);
    const [write] = work.writes;
    expect(write!.cells).toMatchObject([{ column: "contacts", expected: value, writetime: AGO }]);
    expect(write!.cells[0]!.expiresAt).toBeDefined();
    const fresh = write!.cells[0]!.value;
    expect(phonesIn(fresh)).toEqual(["new:1", "new:2", "new:3"]);
    const [first, second, third] = readLeaves(LEAVES, fresh).map(({ bytes }) => Buffer.from(bytes));
    expect(Buffer.from(fresh).equals(contacts(first!, null, second!, third!))).toBe(true);
    expect(second).toEqual(sealedBy("new", "2"));
    expect(work).toMatchObject({ cells: 3, opened: 3, young: 0, quarantine: [] });
    expect(work.census.map(({ column, keyVersion, cells }) => [column, keyVersion, cells])).toEqual([
      ["contacts", "old", 2],
      ["contacts", "new", 1],
    ]);
  });

  it("is not written when every leaf is under the target, or when there is none", async () => {
    const rows = [
      row(contacts(sealedBy("new", "1"))),
      row(contacts(null)),
      row(contacts()),
      row(Buffer.alloc(0)),
    ];
    expect(await worked(rows)).toMatchObject({ writes: [], scanned: 4, quarantinedRows: 0 });
  });

  it("keeps a leaf that no key opens as it is, and is in quarantine once, with the place inside", async () => {
    const lost = sealedBy("lost", "x");
    const work = await worked([row(contacts(lost, sealedBy("old", "1"), lost))]);
    const leaves = readLeaves(LEAVES, work.writes[0]!.cells[0]!.value).map(({ bytes }) => Buffer.from(bytes));
    expect([leaves[0], leaves[2]]).toEqual([lost, lost]);
    expect(unsealed(leaves[1]!).version).toBe("new");
    expect(work.quarantine).toMatchObject([
      { column: "contacts", reason: expect.stringContaining("contacts[*].phone in it") },
    ]);
    expect(work).toMatchObject({ cells: 3, opened: 1, quarantinedRows: 1 });
  });

  it("counts as one young cell, whatever the number of its leaves", async () => {
    const now = BigInt(openWorld().clock.time.utcMs) * 1000n;
    const work = await worked([
      row(contacts(sealedBy("old", "1"), sealedBy("old", "2")), { writetime: now }),
    ]);
    expect(work).toMatchObject({ young: 1, writes: [] });
  });

  it("that is not laid out as its type says is set aside, and stops nobody else", async () => {
    const good = contacts(sealedBy("old", "1"));
    const work = await worked([row(good.subarray(0, good.length - 3)), row(good)]);
    expect(work.writes).toHaveLength(1);
    expect(work.quarantine).toMatchObject([
      { column: "contacts", reason: expect.stringContaining("not laid out") },
    ]);
    expect(JSON.stringify(work.quarantine.map(({ reason }) => reason))).not.toContain("old|");
  });

  it("is only counted by a verification", async () => {
    const work = await worked([row(contacts(sealedBy("old", "1")))], { kind: "verify" });
    expect(work).toMatchObject({ writes: [], cells: 1, opened: 1 });
  });
});
