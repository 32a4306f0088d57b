import type { ConditionalCell, Row, TableShape } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

const { consistencies, responseErrorCodes } = cassandra.types;

const cluster = useReal();
let table: TableShape;
beforeAll(async () => {
  table = await cluster.table("rows", "(p int, c int, a text, b blob, PRIMARY KEY (p, c))", ["a", "b"]);
});
afterEach(() => {
  vi.restoreAllMocks();
});

let p = 0;
/** A row of its own, with both cells set unless `b` is left null. */
async function freshRow(b: string | undefined = "0xaa"): Promise<Row> {
  p += 1;
  await cluster.run(`INSERT INTO ks.rows (p, c, a) VALUES (${p}, 1, 'old')`);
  if (b !== undefined) await cluster.run(`UPDATE ks.rows SET b = ${b} WHERE p = ${p} AND c = 1`);
  return (await rowsOf(cluster.source, table)).find((row) => Buffer.from(row.key[0]!).readInt32BE() === p)!;
}
const guarded = (
  column: string,
  expected: string | Buffer,
  value: string | Buffer,
  ttl = 0,
): ConditionalCell => ({
  column,
  expected: Buffer.from(expected),
  value: Buffer.from(value),
  ttl,
});
const compareAndSet = (row: Row, ...cells: ConditionalCell[]) =>
  cluster.sink.compareAndSet(table, row.key, cells, LEVEL, GO_ON);
const cellsOf = async (row: Row) => (await cluster.source.row(table, row.key, "SERIAL", GO_ON))?.row.cells;
const values = async (row: Row) =>
  (await cellsOf(row))?.map((cell) => cell && Buffer.from(cell.value).toString());

describe("a compare-and-set", () => {
  test("is applied while every cell holds what was read", async () => {
    const row = await freshRow();
    const b = guarded("b", Buffer.from([0xaa]), "B");
    expect(await compareAndSet(row, guarded("a", "old", "A"), b)).toBe("applied");
    expect(await values(row)).toEqual(["A", "B"]);
  });

  test("is lost when any cell holds something else, and then changes nothing", async () => {
    const row = await freshRow();
    const stale = guarded("b", "stale", "B");
    expect(await compareAndSet(row, guarded("a", "old", "A"), stale)).toBe("lost");
    expect(await values(row)).toEqual(["old", Buffer.from([0xaa]).toString()]);
  });

  test("is lost against null: a deleted cell and a deleted row do not come back", async () => {
    const row = await freshRow();
    await cluster.run(`DELETE b FROM ks.rows WHERE p = ${p} AND c = 1 IF EXISTS`);
    expect(await compareAndSet(row, guarded("b", Buffer.from([0xaa]), "B"))).toBe("lost");
    await cluster.run(`DELETE FROM ks.rows WHERE p = ${p} AND c = 1 IF EXISTS`);
    expect(await compareAndSet(row, guarded("a", "old", "A"))).toBe("lost");
    expect(await values(row)).toBeUndefined();
  });

  test("does not take no bytes for null", async () => {
    const row = await freshRow(undefined);
    expect(await compareAndSet(row, guarded("b", "", "B"))).toBe("lost");
    const empty = await freshRow("0x");
    expect(await compareAndSet(empty, guarded("b", "", "B"))).toBe("applied");
  });

  test("writes with the TTL that it was given", async () => {
    const row = await freshRow();
    expect(await compareAndSet(row, guarded("a", "old", "A", 700))).toBe("applied");
    const [a, b] = (await cellsOf(row))!;
    expect(a?.ttl).toBeGreaterThan(600);
    expect(b?.ttl).toBeUndefined();
  });

  test("above the request limit is guarded cell by cell", async () => {
    const large = Buffer.alloc(5 * 1024 * 1024, 97);
    const row = await freshRow();
    await cluster.run("UPDATE ks.rows SET a = ?, b = ? WHERE p = ? AND c = 1", [large.toString(), large, p]);
    const cells = [guarded("a", large, large), guarded("b", large, "B")];
    expect(await compareAndSet(row, ...cells)).toBe("applied");
    expect((await values(row))?.[1]).toBe("B");
    expect(await compareAndSet(row, ...cells)).toBe("lost");

    const giant = Buffer.alloc(8 * 1024 * 1024);
    await expect(compareAndSet(row, guarded("b", giant, giant))).rejects.toMatchObject({
      code: "CLUSTER.INVALID_QUERY",
      message: expect.stringContaining(".rows.b is too large"),
    });
  });
});

describe("the request", () => {
  test("asks for serial agreement within the data centre, as it is the only one, and commits as told", async () => {
    const row = await freshRow();
    const sent = vi.spyOn(cluster.session.client, "execute");
    await compareAndSet(row, guarded("a", "old", "A"));
    expect(sent.mock.calls[0]!.at(2)).toMatchObject({
      serialConsistency: consistencies.localSerial,
      consistency: consistencies.localQuorum,
    });
  });

  test("asks for serial agreement of all data centres where there are others", async () => {
    const row = await freshRow();
    const [host] = cluster.session.hosts();
    vi.spyOn(cluster.session, "hosts").mockReturnValue([host!, { ...host!, dataCenter: "elsewhere" }]);
    const sent = vi.spyOn(cluster.session.client, "execute");
    expect(await compareAndSet(row, guarded("a", "old", "A"))).toBe("applied");
    expect(sent.mock.calls[0]!.at(2)).toMatchObject({ serialConsistency: consistencies.serial });
  });

  test("is decided at the level that the caller names, in as many requests as it takes", async () => {
    const row = await freshRow("0x");
    const sent = vi.spyOn(cluster.session.client, "execute");
    const at = (level: string, ...cells: ConditionalCell[]) =>
      cluster.sink.compareAndSet(table, row.key, cells, LEVEL, GO_ON, level);
    expect(await at("SERIAL", guarded("a", "old", "A"))).toBe("applied");
    expect(sent.mock.calls[0]!.at(2)).toMatchObject({ serialConsistency: consistencies.serial });
    const large = Buffer.alloc(8 * 1024 * 1024, "x");
    sent.mockResolvedValue({ wasApplied: () => true } as never);
    expect(await at("SERIAL", guarded("a", "A", large), guarded("b", "", large))).toBe("applied");
    expect(sent.mock.calls.slice(1).map((call) => call.at(2))).toMatchObject([
      { serialConsistency: consistencies.serial },
      { serialConsistency: consistencies.serial },
    ]);
    sent.mockRestore();
    // No serial level: that the server refuses it shows that it got there.
    await expect(at("QUORUM", guarded("a", "A", "B"))).rejects.toMatchObject({
      code: "CLUSTER.INVALID_QUERY",
    });
  });

  test.each([
    new cassandra.errors.OperationTimedOutError("no reply"),
    new cassandra.errors.ResponseError(responseErrorCodes.writeTimeout, "CAS timed out"),
    Object.assign(new Error("Socket was closed"), { isSocketError: true }),
  ])("has an unknown outcome after %s", async (error) => {
    const row = await freshRow();
    vi.spyOn(cluster.session.client, "execute").mockRejectedValueOnce(error);
    expect(await compareAndSet(row, guarded("a", "old", "A"))).toBe("unknown");
  });

  test("that the server refuses is an error", async () => {
    const row = await freshRow();
    await expect(compareAndSet(row, guarded("no_such", "old", "A"))).rejects.toMatchObject({
      code: "CLUSTER.INVALID_QUERY",
    });
  });
});
