import { isRekeyError, type LeafTree } from "@cassandra-rekey/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLeaves, replaceLeaves } from "../src/frozen-value.ts";

type Bytes = Buffer;

function int(value: number): Bytes {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
const part = (bytes: Bytes | null) => (bytes ? Buffer.concat([int(bytes.length), bytes]) : int(-1));

const blob = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const leaf: LeafTree = { kind: "leaf", form: "binary", path: "x" };

/** Writes a value as the protocol lays it out, each of its leaves put through `change`. */
type Write = (change: (leaf: Bytes) => Bytes) => Bytes;

/** All elements of a container have one type: the same tree, other bytes. */
function sampleOf(depth: number): fc.Arbitrary<{ tree: LeafTree; value: fc.Arbitrary<Write> }> {
  const simple = fc.constant({
    tree: leaf,
    value: blob.map((bytes) => (change: Parameters<Write>[0]) => change(bytes)),
  });
  if (depth === 0) return simple;
  const inner = sampleOf(depth - 1);
  const list = inner.map(({ tree, value }) => ({
    tree: { kind: "list", of: tree } as LeafTree,
    value: fc
      .array(fc.option(value), { maxLength: 4 })
      .map(
        (items) => (change: Parameters<Write>[0]) =>
          Buffer.concat([int(items.length), ...items.map((item) => part(item?.(change) ?? null))]),
      ),
  }));
  const map = inner.map(({ tree, value }) => ({
    tree: { kind: "map", of: tree } as LeafTree,
    value: fc
      .array(fc.tuple(blob, fc.option(value)), { maxLength: 4 })
      .map(
        (entries) => (change: Parameters<Write>[0]) =>
          Buffer.concat([
            int(entries.length),
            ...entries.flatMap(([k, v]) => [part(k), part(v?.(change) ?? null)]),
          ]),
      ),
  }));
  const fields = fc
    .array(fc.option(inner, { nil: undefined }), { minLength: 1, maxLength: 4 })
    .map((known) => ({
      tree: { kind: "fields", of: known.map((field) => field?.tree) } as LeafTree,
      value: fc
        .tuple(
          fc.tuple(
            ...known.map((field) => fc.option(field ? field.value : blob.map((bytes) => () => bytes))),
          ),
          // Fields that the type got since, or a value from before it had all of them.
          fc.array(fc.option(blob), { maxLength: 2 }),
          fc.nat({ max: known.length }),
          fc.boolean(),
        )
        .map(([values, more, kept, isShort]) => (change: Parameters<Write>[0]) => {
          const written = (isShort ? values.slice(0, kept) : values).map((field) =>
            part(field?.(change) ?? null),
          );
          return Buffer.concat([...written, ...(isShort ? [] : more.map(part))]);
        }),
    }));
  return fc.oneof(simple, list, map, fields);
}

const sample = sampleOf(3).chain(({ tree, value }) => value.map((write) => ({ tree, write })));

test("leaves are read in order, and replacing each of them changes nothing else", () => {
  fc.assert(
    fc.property(sample, ({ tree, write }) => {
      const leaves: Bytes[] = [];
      const value = write((bytes) => {
        leaves.push(bytes);
        return bytes;
      });
      expect(readLeaves(tree, value).map(({ bytes }) => Buffer.from(bytes))).toEqual(leaves);
      let at = 0;
      const fresh = leaves.map((_, index) => (index % 3 === 1 ? undefined : Buffer.from(`fresh ${index}`)));
      const expected = write((bytes) => fresh[at++] ?? bytes);
      expect(Buffer.from(replaceLeaves(tree, value, fresh)).equals(expected)).toBe(true);
      expect(Buffer.from(replaceLeaves(tree, value, [])).equals(value)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("a damaged value is refused or left as it is, and never loops or reads beyond its end", () => {
  fc.assert(
    fc.property(sample, fc.nat(), fc.nat({ max: 255 }), fc.nat(), ({ tree, write }, at, byte, end) => {
      const value = Buffer.from(write((bytes) => bytes));
      if (value.length > 0) value[at % value.length] = byte;
      const cut = value.subarray(0, value.length === 0 ? 0 : end % (value.length + 1));
      for (const damaged of [value, cut]) {
        try {
          expect(Buffer.from(replaceLeaves(tree, damaged, [])).equals(damaged)).toBe(true);
        } catch (error) {
          if (!isRekeyError(error)) throw error;
        }
      }
    }),
    { numRuns: 500 },
  );
});

const set: LeafTree = { kind: "set", of: { kind: "leaf", form: "text", path: "[*]" } };
const setOf = (...texts: string[]) =>
  Buffer.concat([int(texts.length), ...texts.map((text) => part(Buffer.from(text)))]);
const replaced = (value: Bytes, ...texts: string[]) =>
  replaceLeaves(
    set,
    value,
    texts.map((text) => Buffer.from(text)),
  );

test("a set is sorted again as the server compares, by bytes and not by length or by UTF-16 units", () => {
  expect(replaced(setOf("a", "b", "c", "d"), "zz", "\u{1f40e}", "\u{ff01}", "b")).toEqual(
    setOf("b", "zz", "\u{ff01}", "\u{1f40e}"),
  );
});

test("a set that would lose an element is refused", () => {
  expect(() => replaced(setOf("a", "b"), "same", "same")).toThrow("two elements of a set became the same");
});

test("an empty value has no leaves", () => {
  const tree: LeafTree = { kind: "fields", of: [leaf] };
  expect(readLeaves(tree, Buffer.alloc(0))).toEqual([]);
  expect(replaceLeaves(tree, Buffer.alloc(0), [])).toHaveLength(0);
});
