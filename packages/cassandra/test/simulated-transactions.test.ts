import type { Row, TableShape } from "@cassandra-rekey/core";
import { type Condition, MemoryCluster, type Statement, VirtualTime } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { GO_ON, LEVEL, useReal } from "./real-cluster.ts";

// As for plain statements in simulated-cluster.test.ts: what is simulated is worth as much as it is like Cassandra.

const cluster = useReal();
let table: TableShape;
let statics: TableShape;
beforeAll(async () => {
  const columns = "pk blob, ck blob, a blob, b blob, s blob STATIC";
  table = await cluster.table("lwt", `(${columns}, PRIMARY KEY (pk, ck))`, ["a", "b"]);
  statics = await cluster.statics("lwt", ["s"]);
});

const VALUES = ["", "00", "ff"].map((hex) => Buffer.from(hex, "hex"));
const value = fc.constantFrom(...VALUES);
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.constantFrom<Condition>("exists", "does not exist"),
  fc.record({ a: fc.option(value) }),
  fc.record({ a: fc.option(value), b: fc.option(value) }),
);
const step = fc.record({
  kind: fc.constantFrom("update", "delete", "insert", "compareAndSet", "plain", "static"),
  condition,
  a: fc.option(value),
  b: fc.option(value),
  expires: fc.boolean(),
  /** Of a plain write: long ago, or in an hour, which no transaction overwrites. */
  isAhead: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const AN_HOUR = 3_600_000_000n;
/** A TTL that no other step has: it says which of them a cell is from. */
const ttlOf = ({ expires }: Step, index: number) => (expires ? 10_000 * (index + 1) : 0);

/** Carries out a step on both; tells whether it was applied, there and here. */
type Carried = readonly [real: unknown, simulated: unknown];

let runs = 0;
test("the simulated cluster and Cassandra agree about transactions: which are applied, and what they leave", async () => {
  const time = new VirtualTime(Date.now());
  const simulated = new MemoryCluster(time);
  const memory = simulated.createTable({ columns: ["a", "b"], statics: ["s"] });
  const startedMicros = BigInt(time.utcMs) * 1000n;

  async function plain({ a, b, isAhead }: Step, key: readonly Buffer[], ttl: number): Promise<Carried> {
    const timestamp = isAhead ? startedMicros + AN_HOUR : 10n;
    const cql = "UPDATE ks.lwt USING TIMESTAMP ? AND TTL ? SET a = ?, b = ? WHERE pk = ? AND ck = ?";
    await cluster.run(cql, [timestamp, ttl, a, b, ...key]);
    memory.update(key, { a, b }, { timestamp, ttl });
    return [true, true];
  }

  async function compareAndSet({ a }: Step, key: readonly Buffer[], ttl: number): Promise<Carried> {
    const cells = [{ column: "a", expected: VALUES[1]!, value: a ?? VALUES[2]!, ttl }];
    return [
      await cluster.sink.compareAndSet(table, key, cells, LEVEL, GO_ON),
      await time.run(simulated.compareAndSet(memory.shape, key, cells, LEVEL, GO_ON)),
    ];
  }

  async function setStatic(
    { condition: wanted, a }: Step,
    [pk]: readonly Buffer[],
    ttl: number,
  ): Promise<Carried> {
    const expected = typeof wanted === "string" ? null : (wanted["a"] ?? null);
    const cql = "UPDATE ks.lwt USING TTL ? SET s = ? WHERE pk = ? IF s = ?";
    const answer = await cluster.first(cql, [ttl, a, pk, expected]);
    const statement: Statement = { kind: "update", key: [pk!], values: { s: a }, ttl };
    return [answer!["[applied]"], memory.transact(statement, { s: expected })];
  }

  async function transact(drawn: Step, key: readonly Buffer[], ttl: number): Promise<Carried> {
    const { kind, a, b } = drawn;
    const wanted = kind === "insert" ? "does not exist" : drawn.condition;
    const answer = await cluster.first(...onCassandra(drawn, key, wanted, ttl));
    const statement: Statement =
      kind === "delete"
        ? { kind: "deleteRow", key }
        : { kind: kind === "insert" ? "insert" : "update", key, values: { a, b }, ttl };
    return [answer!["[applied]"], memory.transact(statement, wanted)];
  }

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      runs += 1;
      const key = [Buffer.from(`run ${runs}`), Buffer.from([1])];
      for (const [index, next] of steps.entries()) {
        // CQL has no such UPDATE or DELETE.
        if (/update|delete/.test(next.kind) && next.condition === "does not exist") continue;
        const carryOut = { plain, compareAndSet, static: setStatic }[next.kind as "plain"] ?? transact;
        const [real, here] = await carryOut(next, key, ttlOf(next, index));
        expect(here).toBe(real);
        // The server's clock goes on meanwhile; without that two statements here would be one time.
        await time.advance(1);
      }
      const real = await cluster.source.row(table, key, "SERIAL", GO_ON);
      const simulation = await time.run(simulated.row(memory.shape, key, "SERIAL", GO_ON));
      expect(seen(simulation?.row)).toEqual(seen(real?.row));
      const pk = key.slice(0, 1);
      const realStatics = await cluster.source.row(statics, pk, "SERIAL", GO_ON);
      const here = await time.run(simulated.row(memory.staticShape, pk, "SERIAL", GO_ON));
      expect(seen(here?.row)).toEqual(seen(realStatics?.row));
    }),
    { numRuns: 60 },
  );
});

function onCassandra(
  { kind, a, b }: Step,
  key: readonly Buffer[],
  wanted: Condition,
  ttl: number,
): [string, unknown[]] {
  const { text, params } = conditionText(wanted);
  const where = `WHERE pk = ? AND ck = ? ${text}`;
  if (kind === "delete") return [`DELETE FROM ks.lwt ${where}`, [...key, ...params]];
  if (kind === "update")
    return [`UPDATE ks.lwt USING TTL ? SET a = ?, b = ? ${where}`, [ttl, a, b, ...key, ...params]];
  return [
    "INSERT INTO ks.lwt (pk, ck, a, b) VALUES (?, ?, ?, ?) IF NOT EXISTS USING TTL ?",
    [...key, a, b, ttl],
  ];
}

function conditionText(wanted: Condition): { readonly text: string; readonly params: readonly unknown[] } {
  if (typeof wanted === "string") return { text: "IF EXISTS", params: [] };
  const entries = Object.entries(wanted);
  return {
    text: `IF ${entries.map(([column]) => `${column} = ?`).join(" AND ")}`,
    params: entries.map(([, expected]) => expected),
  };
}

/** Values, and by TTL the step that each is from; the server alone says when it was written. */
function seen(row: Row | undefined) {
  return row?.cells.map(
    (cell) => cell && [Buffer.from(cell.value).toString("hex"), cell.ttl && Math.ceil(cell.ttl / 10_000)],
  );
}
