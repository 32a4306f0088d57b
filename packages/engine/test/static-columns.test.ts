import type { Mutation } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { openRun, type RunOptions } from "./simulated-run.ts";
import { sealedBy, unsealed } from "./test-keys.ts";

const PARTITIONS = 30;
const ROWS_A_PARTITION = 7;
const partition = (index: number) => Buffer.from(`p${index}`);

/** Partitions with rows and static cells; every third has static cells only, every fourth rows only. */
async function openPartitions(options: RunOptions = {}) {
  const run = await openRun({ statics: ["tenant"], chunks: 4, ...options });
  const { table } = run;
  for (let index = 0; index < PARTITIONS; index += 1) {
    const pk = partition(index);
    if (index % 4 !== 0)
      table.update(
        [pk, Buffer.from("any")],
        { tenant: sealedBy("old", `tenant ${index}`) },
        {
          ttl: index % 5 === 0 ? 5_000 + index : 0,
        },
      );
    if (index % 3 === 0) continue;
    for (let ck = 0; ck < ROWS_A_PARTITION; ck += 1)
      table.insert([pk, Buffer.from(`c${ck}`)], { email: sealedBy("old", `email ${index}.${ck}`) });
  }
  await run.clock.advance(60_000);
  const sent: Mutation[] = [];
  run.cluster.onRequest((request) => {
    if (request.kind === "send") sent.push(...request.mutations);
  });
  return { ...run, sent };
}

const withStatics = Array.from({ length: PARTITIONS }, (_, index) => index).filter(
  (index) => index % 4 !== 0,
);

describe("static columns", () => {
  it("are written once for their partition, whatever rows it has, and keep writetime and expiry", async () => {
    const { run, table, sent } = await openPartitions();
    const before = new Map(
      table.rows(undefined, "partitions").map((row) => [String(row.key[0]), row.cells[0]]),
    );
    const expiries = withStatics.map((index) => table.expiry([partition(index)], "tenant"));
    const report = await run();
    expect(report).toMatchObject({ outcome: "done", quarantined: 0, young: 0 });
    const statics = sent.filter(({ key }) => key.length === 1);
    expect(statics).toHaveLength(withStatics.length);
    expect(statics.every(({ cells }) => cells.length === 1 && cells[0]!.column === "tenant")).toBe(true);
    expect(
      sent.filter(({ key }) => key.length === 2).flatMap(({ cells }) => cells.map((c) => c.column)),
    ).toEqual(Array(20 * ROWS_A_PARTITION).fill("email"));
    for (const index of withStatics) {
      const cell = table.row([partition(index)])!.cells[0]!;
      expect(unsealed(cell.value)).toEqual({ version: "new", plaintext: `tenant ${index}` });
      expect(cell.writetime).toBe(before.get(`p${index}`)!.writetime + 1n);
    }
    expect(withStatics.map((index) => table.expiry([partition(index)], "tenant"))).toEqual(expiries);
  });

  it("are counted by partition, apart from the rows", async () => {
    const { run, store, signal } = await openPartitions();
    const report = await run();
    const progress = await store.progress("j", signal);
    expect(progress.map(({ table, totals }) => [table, totals.scanned, totals.rekeyed])).toEqual([
      ["users", 20 * ROWS_A_PARTITION, 20 * ROWS_A_PARTITION],
      // Partitions without anything at all (rows nor static cells) are none.
      ["users/static", PARTITIONS - 3, withStatics.length],
    ]);
    expect(report.tables.map(({ name, scan }) => [name, scan])).toEqual([
      ["users", "rows"],
      ["users", "partitions"],
    ]);
    expect(report.census.filter(({ column }) => column === "tenant")).toMatchObject([
      { keyVersion: "old", cells: withStatics.length },
    ]);
  });

  it("lose to an application that writes or deletes them while their page is under way", async () => {
    const { run, table, cluster } = await openPartitions({ latencyMs: 20 });
    let met = 0;
    cluster.onRequest((request) => {
      if (request.kind !== "send" || request.mutations[0]!.key.length !== 1) return;
      const [{ key }] = request.mutations as [Mutation];
      met += 1;
      if (met % 2 === 0) table.update(key, { tenant: sealedBy("new", "fresh") });
      else table.deletePartition(key[0]!);
    });
    await run();
    expect(met).toBeGreaterThan(3);
    const seen = table
      .rows(undefined, "partitions")
      .map((row) => row.cells[0] && unsealed(row.cells[0].value));
    expect(seen.filter((cell) => cell?.plaintext === "fresh")).toHaveLength(Math.floor(met / 2));
    expect(seen.filter((cell) => cell).length).toBe(withStatics.length - Math.ceil(met / 2));
  });

  it("are written by lightweight transaction where that is the mode", async () => {
    const { run, table, sent } = await openPartitions({ writeMode: "lwt" });
    expect(await run()).toMatchObject({ outcome: "done", young: 0 });
    expect(sent).toEqual([]);
    for (const index of withStatics)
      expect(unsealed(table.row([partition(index)])!.cells[0]!.value).version).toBe("new");
  });

  it("that no key opens are set aside under the key of their partition, and left as they are", async () => {
    const { run, table, store, signal } = await openPartitions();
    table.update([partition(1)], { tenant: sealedBy("lost", "x") });
    await run();
    const found = [];
    for await (const entry of store.quarantined("j", signal)) found.push(entry);
    expect(found).toMatchObject([{ table: "users/static", column: "tenant", key: [partition(1)] }]);
    expect(unsealed(table.row([partition(1)])!.cells[0]!.value).version).toBe("lost");
  });
});
