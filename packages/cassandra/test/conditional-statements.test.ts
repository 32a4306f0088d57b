import type { ConditionalCell } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { conditionalBytes, conditionalStatements } from "../src/conditional-statements.ts";
import { collectionOf } from "../src/frozen-value.ts";
import { tableShape } from "./table-shapes.ts";

const table = tableShape({ partitionKey: [{ name: "id", type: "int" }], clusteringKey: [] });
const KEY = [Buffer.from("key")];
const bytes = (...items: string[]) => collectionOf(items.map((item) => Buffer.from(item)));
const cell = (
  column: string,
  part: ConditionalCell["part"] | undefined,
  value: string,
  expected: Buffer,
  ttl = 0,
): ConditionalCell => ({ column, ...(part && { part }), value: Buffer.from(value), expected, ttl });
const shown = (cells: readonly ConditionalCell[]) =>
  conditionalStatements(table, KEY, cells).map(({ query, params }) => [
    query.replace(/.*SET (.*) WHERE.*IF (.*)/, "$1 IF $2"),
    params.map((param) => (Buffer.isBuffer(param) ? param.toString("latin1") : param)),
  ]);

test("elements of a list are set by position, and all of the list is their one condition", () => {
  const whole = bytes("A", "B", "C");
  const cells = [cell("l", { position: 0 }, "a", whole), cell("l", { position: 2 }, "c", whole)];
  expect(shown(cells)).toEqual([
    [
      '"l"[?] = ?, "l"[?] = ? IF "l" = ?',
      [0, "\0\0\0\0", "a", "\0\0\0\x02", "c", "key", whole.toString("latin1")],
    ],
  ]);
});

test("elements of a set are added and removed together, each side in the order of a set", () => {
  const whole = bytes("A", "B");
  const cells = [
    cell("s", { element: Buffer.from("B") }, "x", whole),
    cell("s", { element: Buffer.from("A") }, "y", whole),
  ];
  expect(shown(cells)).toEqual([
    [
      '"s" = "s" + ?, "s" = "s" - ? IF "s" = ?',
      [
        0,
        ...[bytes("x", "y"), bytes("A", "B")].map((set) => set.toString("latin1")),
        "key",
        whole.toString("latin1"),
      ],
    ],
  ]);
});

test("columns, fields and map values have their own values for conditions, each after its key", () => {
  const cells = [
    cell("email", undefined, "e", Buffer.from("E")),
    cell("u", { field: "name" }, "n", Buffer.from("N")),
    cell("m", { key: Buffer.from("k") }, "v", Buffer.from("V")),
  ];
  expect(shown(cells)).toEqual([
    [
      '"email" = ?, "u"."name" = ?, "m"[?] = ? IF "email" = ? AND "u"."name" = ? AND "m"[?] = ?',
      [0, "e", "n", "k", "v", "key", "E", "N", "k", "V"],
    ],
  ]);
});

test("each TTL has a statement of its own, and the first has the whole list as condition of all", () => {
  const whole = bytes("A", "B");
  const cells = [cell("l", { position: 0 }, "a", whole, 60), cell("l", { position: 1 }, "b", whole)];
  expect(shown(cells).map(([text, params]) => [text, params![0]])).toEqual([
    ['"l"[?] = ? IF "l" = ?', 60],
    [expect.stringMatching(/SET "l"\[\?\] = \? WHERE [^I]*$/), 0],
  ]);
});

test("many cells are set by several statements, each with the conditions of its own cells", () => {
  const cells = Array.from({ length: 450 }, (_, n) =>
    cell("m", { key: Buffer.from(`${n}`) }, "v", Buffer.from("V")),
  );
  const counts = conditionalStatements(table, KEY, cells).map(
    ({ query }) => query.match(/"m"\[\?\] = \?/g)!.length,
  );
  expect(counts).toEqual([400, 400, 100]);
});

test("a list counts once for the size of a request, however many elements are written", () => {
  const whole = Buffer.alloc(1000);
  const cells = [0, 1, 2].map((position) => cell("l", { position }, "a", whole));
  expect(conditionalBytes(KEY, cells)).toBe(3 + 3 + 1000);
});
