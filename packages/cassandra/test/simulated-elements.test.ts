import type { CellPart, Row, TableShape } from "@cassandra-rekey/core";
import { needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { MemoryCluster, VirtualTime } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { GO_ON, LEVEL, useReal } from "./real-cluster.ts";

// As for whole columns in simulated-cluster.test.ts: parts of columns that are not frozen, each with times of its own.

const cluster = useReal();
let table: TableShape;
beforeAll(async () => {
  await cluster.run("CREATE TYPE ks.address_type (street blob)");
  const columns = "pk blob, ck blob, notes map<blob, blob>, address address_type";
  table = await cluster.table("parts", `(${columns}, PRIMARY KEY (pk, ck))`, ["notes", "address"]);
});

const PLACES: Readonly<
  Record<string, { readonly column: string; readonly part: CellPart; readonly set: string }>
> = {
  "notes[00]": { column: "notes", part: { key: Buffer.from([0]) }, set: "notes[0x00]" },
  "notes[01]": { column: "notes", part: { key: Buffer.from([1]) }, set: "notes[0x01]" },
  "address.street": { column: "address", part: { field: "street" }, set: "address.street" },
};
const step = fc.record({
  kind: fc.constantFrom("set", "delete", "overwrite", "send", "deleteRow", "compareAndSet"),
  place: fc.constantFrom(...Object.keys(PLACES)),
  timestamp: fc.bigInt({ min: 10n, max: 15n }),
  value: fc.constantFrom("00", "01", "ff").map((hex) => Buffer.from(hex, "hex")),
  expires: fc.boolean(),
});

let runs = 0;
test("the simulated cluster and Cassandra agree about parts of columns, written one by one and as a whole", async (context) => {
  needsCassandra("5.0", cluster, context);
  const time = new VirtualTime(Date.now());
  const simulated = new MemoryCluster(time);
  const memory = simulated.createTable({ columns: [], maps: ["notes"], udts: { address: ["street"] } });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
      runs += 1;
      const key = [Buffer.from(`run ${runs}`), Buffer.from([1])];
      for (const [index, { kind, place, timestamp, value, expires }] of steps.entries()) {
        const { column, part, set } = PLACES[place]!;
        // A TTL that no other step has: of two that expire it is the same one that expires later, here and there.
        const ttl = expires ? 10_000 * (index + 1) : 0;
        const update = `UPDATE ks.parts USING TIMESTAMP ${timestamp} AND TTL ${ttl} SET`;
        if (kind === "send") {
          const mutation = { token: 0n, key, cells: [{ column, part, value, timestamp, ttl }] };
          await cluster.sink.send(table, [mutation], LEVEL, GO_ON);
          await time.run(simulated.send(memory.shape, [mutation], LEVEL, GO_ON));
        } else if (kind === "compareAndSet") {
          const cells = [{ column, part, expected: Buffer.from([0]), value, ttl }];
          const real = await cluster.sink.compareAndSet(table, key, cells, LEVEL, GO_ON);
          expect(await time.run(simulated.compareAndSet(memory.shape, key, cells, LEVEL, GO_ON))).toBe(real);
          // The server's clock goes on meanwhile; without that two transactions here would be one time.
          await time.advance(1);
        } else if (kind === "deleteRow") {
          await cluster.run(`DELETE FROM ks.parts USING TIMESTAMP ${timestamp} WHERE pk = ? AND ck = ?`, key);
          memory.deleteRow(key, { timestamp });
        } else {
          const hex = `0x${value.toString("hex")}`;
          const whole =
            "key" in part ? `{0x${Buffer.from(part.key).toString("hex")}: ${hex}}` : `{street: ${hex}}`;
          const text = { set: `${set} = ${hex}`, delete: `${set} = null`, overwrite: `${column} = ${whole}` }[
            kind
          ];
          await cluster.run(`${update} ${text} WHERE pk = ? AND ck = ?`, key);
          memory.execute({
            kind: "update",
            key,
            values: { [place]: kind === "delete" ? null : value },
            ...(kind === "overwrite" && { overwrites: [column] }),
            timestamp,
            ttl,
          });
        }
      }
      const real = await cluster.source.row(table, key, LEVEL, GO_ON);
      const here = await time.run(simulated.row(memory.shape, key, LEVEL, GO_ON));
      expect(seen(here?.row)).toEqual(seen(real?.row));
    }),
    { numRuns: 80 },
  );
});

/** Timestamps of transactions are the server's own; TTLs only so far that seconds of waiting make no difference. */
function seen(row: Row | undefined) {
  const cells = [...(row?.cells ?? []), ...(row?.elements ?? [])].filter((cell) => cell !== undefined);
  return cells.map(({ value, writetime, ttl, ...place }) => [
    "key" in place ? Buffer.from(place.key as Uint8Array).toString("hex") : "",
    Buffer.from(value).toString("hex"),
    writetime > 1_000n ? "now" : writetime,
    ttl && Math.ceil(ttl / 10_000),
  ]);
}
