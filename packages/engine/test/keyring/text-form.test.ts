import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forColumn, forKey } from "../../src/keyring/text-form.ts";
import { sealedCell, testKey } from "../test-keys.ts";

const binary = testKey("v1");
const ascii = { ...binary, writes: "ascii" as const };
const verbatim = { ...binary, writes: "verbatim" as const };

describe("ciphertext in columns", () => {
  it("comes back to the byte, whatever the column holds and the key writes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom("text", "binary"), (ciphertext, form) => {
        const cell = sealedCell(forColumn(binary, form, ciphertext), form);
        expect([...forKey(binary, cell)!.ciphertext]).toEqual([...ciphertext]);
      }),
    );
  });

  it("is base64 only where a binary key meets a text column", () => {
    const ciphertext = Buffer.of(0xff, 0x00);
    expect(Buffer.from(forColumn(binary, "text", ciphertext)).toString()).toBe("/wA=");
    expect(forColumn(binary, "binary", ciphertext)).toBe(ciphertext);
    expect(forColumn(ascii, "text", ciphertext)).toBe(ciphertext);
    expect(forColumn(verbatim, "text", ciphertext)).toBe(ciphertext);
  });

  it("that is no base64 is not a binary key's, and any text may be an ascii key's", () => {
    for (const text of ["abc", "ab!=", "a=bc", "=abc"]) {
      expect(forKey(binary, sealedCell(Buffer.from(text), "text"))).toBeUndefined();
      for (const key of [ascii, verbatim])
        expect(forKey(key, sealedCell(Buffer.from(text), "text"))).toBeDefined();
    }
  });
});
