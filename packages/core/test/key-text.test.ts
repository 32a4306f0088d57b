import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeKey, encodeKey } from "../src/key-text.ts";

const keys = fc.array(fc.uint8Array({ maxLength: 12 }), { minLength: 1, maxLength: 4 });

it("keeps every byte of every part", () => {
  fc.assert(
    fc.property(keys, (key) => {
      expect(decodeKey(encodeKey(key)).map((part) => [...part])).toEqual(key.map((part) => [...part]));
    }),
  );
});

it("tells keys apart that differ only in where their parts end", () => {
  const parts = (...texts: string[]) => texts.map((text) => Buffer.from(text));
  expect(encodeKey(parts("ab", "c"))).not.toBe(encodeKey(parts("a", "bc")));
  expect(encodeKey(parts("a", ""))).not.toBe(encodeKey(parts("a")));
});
