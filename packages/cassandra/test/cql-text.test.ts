import { isRekeyError } from "@cassandra-rekey/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareAndSetCql,
  pageCql,
  quoteIdentifier,
  rowCql,
  selectsRaw,
  updateCql,
} from "../src/cql-text.ts";
import { tableShape } from "./table-shapes.ts";

test("reserved, mixed-case and hostile names are quoted", () => {
  expect(quoteIdentifier("select")).toBe('"select"');
  expect(quoteIdentifier("camelCase")).toBe('"camelCase"');
  expect(quoteIdentifier('a" = 1; DROP TABLE x --')).toBe('"a"" = 1; DROP TABLE x --"');
});

test("no name can end its own quotes", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (name) => {
      const inside = quoteIdentifier(name).slice(1, -1);
      expect(inside.replaceAll('""', "")).not.toContain('"');
      expect(inside.replaceAll('""', '"')).toBe(name);
    }),
  );
});

test("an empty name is refused", () => {
  expect(() => quoteIdentifier("")).toThrow(expect.toSatisfy(isRekeyError));
});

test("a page asks for whole partition keys between two tokens, the lower one exclusive", () => {
  const cql = pageCql(tableShape(), 5);
  const token = 'token("tenant", "id")';
  expect(cql).toContain(`FROM "shop"."customers" WHERE ${token} > ? AND ${token} <= ?`);
  expect(cql.startsWith(`SELECT ${token} AS t, `)).toBe(true);
});

test("static columns are asked for once a partition, by its key alone", () => {
  const table = tableShape({ scan: "partitions", clusteringKey: [] });
  expect(pageCql(table, 5)).toMatch(/^SELECT DISTINCT token\("tenant", "id"\) AS t, /);
  expect(rowCql(table, 5)).toMatch(/^SELECT DISTINCT .* WHERE "tenant" = \? AND "id" = \?$/);
  expect(updateCql(table, ['"email"'])).toMatch(/ SET "email" = \? WHERE "tenant" = \? AND "id" = \?$/);
});

test("a page selects keys and cells as bytes, and each cell with its writetime and TTL", () => {
  const cql = pageCql(tableShape({ label: { name: "key_version", type: "text" } }), 5);
  expect(cql).toContain('textAsBlob("tenant") AS k0, uuidAsBlob("id") AS k1, timestampAsBlob("at") AS k2, ');
  expect(cql).toContain('textAsBlob("email") AS v0, WRITETIME("email") AS w0, TTL("email") AS e0, ');
  expect(cql).toContain('"photo" AS v1, WRITETIME("photo") AS w1, TTL("photo") AS e1, ');
  expect(cql).toContain(
    'textAsBlob("key_version") AS lv, WRITETIME("key_version") AS lw, TTL("key_version") AS le',
  );
});

test("the server's time is asked for in the way that its version knows", () => {
  expect(pageCql(tableShape(), 5)).toContain("toUnixTimestamp(currentTimestamp()) AS s");
  expect(pageCql(tableShape(), 4)).toContain("toUnixTimestamp(now()) AS s");
  expect(rowCql(tableShape(), 4)).toContain("toUnixTimestamp(now()) AS s");
});

test("a row is asked for by all of its key", () => {
  expect(rowCql(tableShape(), 5)).toMatch(/ WHERE "tenant" = \? AND "id" = \? AND "at" = \?$/);
});

test("a write is an UPDATE with a timestamp and a TTL of its own", () => {
  expect(updateCql(tableShape(), ['"email"', '"photo"'])).toBe(
    'UPDATE "shop"."customers" USING TIMESTAMP ? AND TTL ? SET "email" = ?, "photo" = ? ' +
      'WHERE "tenant" = ? AND "id" = ? AND "at" = ?',
  );
});

test("a compare-and-set is guarded by each value and carries no timestamp", () => {
  expect(
    compareAndSetCql(tableShape(), ['"email" = ?', '"list"[?] = ?'], ['"email" = ?', '"list" = ?']),
  ).toBe(
    'UPDATE "shop"."customers" USING TTL ? SET "email" = ?, "list"[?] = ? ' +
      'WHERE "tenant" = ? AND "id" = ? AND "at" = ? IF "email" = ? AND "list" = ?',
  );
});

test("of untimed parts neither writetime nor TTL is asked for, which Cassandra 4 would refuse", () => {
  const person = { name: "person", type: "text", form: "text", part: { field: "name" } } as const;
  const cql = pageCql(tableShape({ columns: [{ ...person, untimed: true }, person] }), 4);
  expect(cql).toContain('textAsBlob("person"."name") AS v0, textAsBlob("person"."name") AS v1, WRITETIME(');
  expect(cql.match(/WRITETIME/g)).toHaveLength(1);
});

test("a table without clustering columns, named after keywords, has whole statements too", () => {
  const table = tableShape({
    keyspace: "From",
    name: "table",
    partitionKey: [{ name: "token", type: "int" }],
    clusteringKey: [],
  });
  expect(updateCql(table, ['"ttl"'])).toBe(
    'UPDATE "From"."table" USING TIMESTAMP ? AND TTL ? SET "ttl" = ? WHERE "token" = ?',
  );
});

test("only native types have their bytes selected by a function", () => {
  expect(selectsRaw({ name: "k", type: "varint" })).toBe(true);
  expect(selectsRaw({ name: "k", type: "blob" })).toBe(true);
  expect(selectsRaw({ name: "k", type: "frozen<list<int>>" })).toBe(false);
  expect(selectsRaw({ name: "k", type: "vector<float, 2>" })).toBe(false);
});
