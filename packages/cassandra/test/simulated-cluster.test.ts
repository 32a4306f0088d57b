import type { Row, TableShape } from "@cassandra-rekey/core";
import { MemoryCluster, type MemoryTable, VirtualTime } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { GO_ON, LEVEL, useReal } from "./real-cluster.ts";

// What is tested on the simulated cluster is true only as far as it does what Cassandra does.

const cluster = useReal();
let table: TableShape;
let statics: TableShape;
beforeAll(async () => {
  const columns = "pk blob, ck blob, a blob, b blob, s blob STATIC";
  table = await cluster.table("sim", `(${columns}, PRIMARY KEY (pk, ck))`, ["a", "b"]);
  statics = await cluster.statics("sim", ["s"]);
});

/** Few of each, so that equal timestamps, and values that decide between them, are met often. */
const value = fc.constantFrom("", "00", "01", "ff", "ff00").map((hex) => Buffer.from(hex, "hex"));
const change = fc.record({
  kind: fc.constantFrom("insert", "update", "send", "static", "sendStatic", "deleteRow", "deletePartition"),
  ck: fc.constantFrom(1, 2).map((byte) => Buffer.from([byte])),
  timestamp: fc.bigInt({ min: 10n, max: 14n }),
  a: fc.option(value),
  b: fc.option(value),
  expires: fc.boolean(),
});
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** A TTL that no other change has: of two that expire, it is then the same one that expires later, here and there. */
const ttlOf = ({ expires }: Change, index: number) => (expires ? 10_000 * (index + 1) : 0);

async function onCassandra({ kind, ck, timestamp, a, b }: Change, pk: Buffer, ttl: number): Promise<void> {
  const stamp = "USING TIMESTAMP ? AND TTL ?";
  if (kind === "insert") {
    const cql = `INSERT INTO ks.sim (pk, ck, a, b) VALUES (?, ?, ?, ?) ${stamp}`;
    await cluster.run(cql, [pk, ck, a, b, timestamp, ttl]);
  } else if (kind === "update") {
    await cluster.run(`UPDATE ks.sim ${stamp} SET a = ?, b = ? WHERE pk = ? AND ck = ?`, [
      timestamp,
      ttl,
      a,
      b,
      pk,
      ck,
    ]);
  } else if (kind === "static") {
    await cluster.run(`UPDATE ks.sim ${stamp} SET s = ? WHERE pk = ?`, [timestamp, ttl, a, pk]);
  } else if (kind === "deleteRow") {
    await cluster.run("DELETE FROM ks.sim USING TIMESTAMP ? WHERE pk = ? AND ck = ?", [timestamp, pk, ck]);
  } else {
    await cluster.run("DELETE FROM ks.sim USING TIMESTAMP ? WHERE pk = ?", [timestamp, pk]);
  }
}

function inMemory(memory: MemoryTable, { kind, ck, timestamp, a, b }: Change, pk: Buffer, ttl: number): void {
  if (kind === "insert") memory.insert([pk, ck], { a, b }, { timestamp, ttl });
  else if (kind === "update") memory.update([pk, ck], { a, b }, { timestamp, ttl });
  else if (kind === "static") memory.update([pk], { s: a }, { timestamp, ttl });
  else if (kind === "deleteRow") memory.deleteRow([pk, ck], { timestamp });
  else memory.deletePartition(pk, { timestamp });
}

/** A row as both must show it; TTLs only so far that seconds of waiting make no difference. */
function seen(row: Row | undefined) {
  return row?.cells.map(
    (cell) =>
      cell && {
        value: Buffer.from(cell.value).toString("hex"),
        writetime: cell.writetime,
        ttl: cell.ttl === undefined ? undefined : Math.ceil(cell.ttl / 10_000),
      },
  );
}

let runs = 0;
test("the simulated cluster and Cassandra agree about any row of changes, in whatever order they come", async () => {
  const time = new VirtualTime(Date.now());
  const simulated = new MemoryCluster(time);
  const memory = simulated.createTable({ columns: ["a", "b"], statics: ["s"] });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
      runs += 1;
      const pk = Buffer.from(`run ${runs}`);
      for (const [index, next] of changes.entries()) {
        const { kind, ck, timestamp, a, b } = next;
        const ttl = ttlOf(next, index);
        if (kind !== "send" && kind !== "sendStatic") {
          await onCassandra(next, pk, ttl);
          inMemory(memory, next, pk, ttl);
          continue;
        }
        const isStatic = kind === "sendStatic";
        const cells = Object.entries(isStatic ? { s: a } : { a, b }).flatMap(([column, written]) =>
          written ? [{ column, value: written, timestamp, ttl }] : [],
        );
        if (cells.length === 0) continue;
        const mutation = { token: 0n, key: isStatic ? [pk] : [pk, ck], cells };
        await cluster.sink.send(isStatic ? statics : table, [mutation], LEVEL, GO_ON);
        const shape = isStatic ? memory.staticShape : memory.shape;
        await time.run(simulated.send(shape, [mutation], LEVEL, GO_ON));
      }
      for (const ck of [1, 2].map((byte) => Buffer.from([byte]))) {
        const real = await cluster.source.row(table, [pk, ck], LEVEL, GO_ON);
        const simulation = await time.run(simulated.row(memory.shape, [pk, ck], LEVEL, GO_ON));
        expect(seen(simulation?.row)).toEqual(seen(real?.row));
      }
      const real = await cluster.source.row(statics, [pk], LEVEL, GO_ON);
      const simulation = await time.run(simulated.row(memory.staticShape, [pk], LEVEL, GO_ON));
      expect(seen(simulation?.row)).toEqual(seen(real?.row));
    }),
    { numRuns: 150 },
  );
});
