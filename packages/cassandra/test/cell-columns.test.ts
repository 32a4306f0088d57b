import type { CellColumn } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { cellColumns } from "../src/cell-columns.ts";

const types = [
  {
    name: "person",
    fields: [
      { name: "name", type: "text" },
      { name: "Photo", type: "blob" },
      { name: "age", type: "int" },
      { name: "homes", type: "frozen<list<frozen<home>>>" },
    ],
  },
  {
    name: "home",
    fields: [
      { name: "street", type: "text" },
      { name: "zip", type: "text" },
    ],
  },
];
const columns = (type: string, paths?: readonly string[], majorVersion = 5) => {
  const result = cellColumns({ name: "v", type }, { types, majorVersion }, paths);
  return "columns" in result ? result.columns : result.problem;
};

test("of a UDT each field with ciphertext is a cell, and the paths choose among them", () => {
  const parts = (paths?: readonly string[]) => {
    const found = columns("person", paths);
    return typeof found === "string" ? found : found.map(({ part }) => part);
  };
  expect(parts()).toEqual([{ field: "name" }, { field: "Photo" }, { field: "homes" }]);
  expect(parts(['"name"'])).toEqual([{ field: "name" }]);
  expect(parts(["homes[*].zip", "Photo"])).toEqual([{ field: "Photo" }, { field: "homes" }]);
  expect(parts(["age"])).toBe("has no text or blob at age");
  expect(columns("person", ['"homes"[*].zip'])).toEqual([
    {
      name: "v",
      type: "frozen list",
      form: "binary",
      part: { field: "homes" },
      leaves: {
        kind: "list",
        of: { kind: "fields", of: [undefined, { kind: "leaf", form: "text", path: "[*].zip" }] },
      },
    },
  ]);
});

test("of a map each value is a cell, as a whole or with leaves", () => {
  const part = "map-values";
  expect(columns("map<int, blob>")).toEqual([{ name: "v", type: "map<int, blob>", form: "binary", part }]);
  expect(columns("map<int, blob>", ["[*]"])).toEqual(columns("map<int, blob>"));
  expect(columns("map<text, frozen<home>>", ["[*].zip"])).toMatchObject([
    { part, leaves: { kind: "fields", of: [undefined, { path: "zip" }] } },
  ]);
  expect(columns("map<text, int>")).toBe("has no text or blob inside");
});

test("of a list and of a set each element is a cell", () => {
  const list = { name: "v", type: "list<blob>", form: "binary", part: "list-elements" };
  expect(columns("list<blob>")).toEqual([list]);
  expect(columns("set<ascii>")).toEqual([
    { name: "v", type: "set<ascii>", form: "text", part: "set-elements" },
  ]);
  expect(columns("list<frozen<home>>", ["[*].zip"])).toMatchObject([
    { part: "list-elements", leaves: { kind: "fields", of: [undefined, { path: "zip" }] } },
  ]);
  expect(columns("set<frozen<home>>")).toMatch(/inside the elements of a set/);
});

test("before Cassandra 5.0 parts are untimed: what is frozen, and cells of their own, never are", () => {
  for (const type of ["person", "map<text, text>", "list<text>", "set<text>"]) {
    const parts = columns(type) as readonly CellColumn[];
    expect(columns(type, undefined, 4)).toEqual(parts.map((part) => ({ ...part, untimed: true })));
    expect(cellColumns({ name: "v", type }, { types })).toEqual({ columns: columns(type, undefined, 4) });
  }
  for (const type of ["text", "frozen<list<text>>"])
    expect(columns(type, undefined, 4)).toEqual(columns(type));
});
