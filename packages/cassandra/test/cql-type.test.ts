import { isRekeyError } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { parseCqlType, userTypesIn } from "../src/cql-type.ts";

const text = { kind: "opaque", name: "text" };
const int = { kind: "opaque", name: "int" };
const TYPES = [
  {
    name: 'My "type',
    fields: [
      { name: "Odd f", type: "text" },
      { name: "inner", type: "list<frozen<spot>>" },
    ],
  },
  { name: "spot", fields: [{ name: "x", type: "int" }] },
];
const spot = (isFrozen: boolean) => ({ kind: "fields", fields: [{ name: "x", type: int }], isFrozen });

test("collections know whether they are frozen, and what is inside a frozen value is", () => {
  expect(parseCqlType("map<text, frozen<list<int>>>", [])).toEqual({
    kind: "map",
    key: text,
    of: { kind: "list", of: int, isFrozen: true },
    isFrozen: false,
  });
  expect(parseCqlType("frozen<set<list<int>>>", [])).toMatchObject({
    isFrozen: true,
    of: { isFrozen: true },
  });
});

test("user-defined types are looked up by their exact name, quoted or not", () => {
  expect(parseCqlType("spot", TYPES)).toEqual(spot(false));
  expect(parseCqlType('frozen<"My ""type">', TYPES)).toEqual({
    kind: "fields",
    fields: [
      { name: "Odd f", type: text },
      { name: "inner", type: { kind: "list", of: spot(true), isFrozen: true } },
    ],
    isFrozen: true,
  });
});

test("a tuple is frozen always, and its fields have no names", () => {
  expect(parseCqlType("tuple<int, text>", [])).toEqual({
    kind: "fields",
    fields: [
      { name: undefined, type: int },
      { name: undefined, type: text },
    ],
    isFrozen: true,
  });
});

test("vectors and types that nobody knows are opaque", () => {
  expect(parseCqlType("vector<float, 3>", [])).toEqual({ kind: "opaque", name: "vector" });
  expect(parseCqlType("frozen<list<vector<float, 3>>>", [])).toMatchObject({ of: { kind: "opaque" } });
  for (const of of ["vector<float, 2>", "frozen<list<int>>", "frozen<map<text, vector<int, 2>>>", "spot"])
    expect(parseCqlType(`vector<${of}, 3>`, TYPES)).toEqual({ kind: "opaque", name: "vector" });
  expect(parseCqlType("'org.example.Type(x, y)'", [])).toMatchObject({ kind: "opaque" });
});

test.each(["", "list<", "list<int", "list<int>>", "map<int>", "what<int>", "vector<float"])(
  "%j is refused",
  (type) => {
    expect(() => parseCqlType(type, [])).toThrow(expect.toSatisfy(isRekeyError));
  },
);

test("a type that contains itself, which there cannot be, ends", () => {
  const loop = [{ name: "loop", fields: [{ name: "again", type: "frozen<loop>" }] }];
  expect(() => parseCqlType("frozen<loop>", loop)).toThrow("cannot be read");
  expect(userTypesIn("frozen<loop>", loop)).toEqual(["type loop (again frozen<loop>)"]);
});

test("the user-defined types inside a type are found at any depth", () => {
  expect(userTypesIn('frozen<list<"My ""type">>', TYPES)).toEqual([
    'type My "type (Odd f text, inner list<frozen<spot>>)',
    "type spot (x int)",
  ]);
  expect(userTypesIn("frozen<list<text>>", TYPES)).toEqual([]);
});
