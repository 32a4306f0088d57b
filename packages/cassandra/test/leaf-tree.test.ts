import { expect, test } from "vitest";
import { parseCqlType } from "../src/cql-type.ts";
import { leafTree, leavesOf } from "../src/leaf-tree.ts";

const TYPES = [
  {
    name: "phone",
    fields: [
      { name: "kind", type: "text" },
      { name: "number", type: "blob" },
      { name: "at", type: "timestamp" },
    ],
  },
  {
    name: "profile",
    fields: [
      { name: "name", type: "text" },
      { name: "contacts", type: "frozen<list<frozen<phone>>>" },
      { name: "tags", type: "frozen<map<text, ascii>>" },
      { name: "Pair", type: "frozen<tuple<int, text>>" },
    ],
  },
];

const tree = (type: string, ...paths: string[]) =>
  leafTree(parseCqlType(type, TYPES), paths.length > 0 ? paths : undefined);
const leaves = (type: string, ...paths: string[]) => {
  const result = tree(type, ...paths);
  return "tree" in result ? leavesOf(result.tree).map(({ path, form }) => `${path} ${form}`) : result.problem;
};

test("without a path every text and blob inside is a leaf, and no map key is", () => {
  expect(leaves("frozen<profile>")).toEqual([
    "name text",
    "contacts[*].kind text",
    "contacts[*].number binary",
    "tags[*] text",
    "Pair[1] text",
  ]);
  expect(leaves("frozen<list<int>>")).toBe("has no text or blob inside");
});

test("a path leads to one leaf, or to all leaves of what it ends at", () => {
  expect(leaves("frozen<profile>", "contacts[*].number")).toEqual(["contacts[*].number binary"]);
  expect(leaves("frozen<profile>", "contacts")).toEqual([
    "contacts[*].kind text",
    "contacts[*].number binary",
  ]);
  expect(leaves("frozen<profile>", "Pair[1]", "name")).toEqual(["name text", "Pair[1] text"]);
  expect(leaves("frozen<profile>", "contacts[*].number", "contacts[*].kind")).toEqual([
    "contacts[*].kind text",
    "contacts[*].number binary",
  ]);
});

test.each([
  ["nome", "has no field nome at its top; its fields are name, contacts, tags, Pair"],
  ["contacts.number", "is a list at contacts: its elements are [*]"],
  ["contacts[0].number", "is a list at contacts: its elements are [*]"],
  ["name.first", "has nothing inside name, which is of type text"],
  ["contacts[*].at", "has no text or blob at contacts[*].at"],
  ["Pair[2]", "has no field [2] at Pair; its fields are [0], [1]"],
  ["[*]", "has no elements [*] at its top; its fields are name, contacts, tags, Pair"],
  ["a..b", "has no place a..b: a path is like contacts[*].phone"],
])("the path %s is refused with what there is instead", (path, problem) => {
  expect(leaves("frozen<profile>", path)).toBe(problem);
});

test("a set of ciphertexts is a set of leaves; ciphertext deeper inside a set's elements is refused", () => {
  expect(leaves("frozen<set<text>>")).toEqual(["[*] text"]);
  expect(leaves("frozen<set<frozen<phone>>>")).toMatch(/^has ciphertext inside the elements of a set, /);
  expect(leaves("frozen<map<int, frozen<set<frozen<tuple<text>>>>>>", "[*]")).toMatch(
    / of a set at \[\*\], /,
  );
});
