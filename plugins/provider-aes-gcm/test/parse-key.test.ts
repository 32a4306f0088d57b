import fc from "fast-check";
import { expect, test } from "vitest";
import { parseKey } from "../src/parse-key.ts";

const parse = (text: string, length = 32) => parseKey(Buffer.from(text), length, "in variable AES_KEY");

test.each([32, 64])("%i bytes in any spelling", (length) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (bytes) => {
      const key = Buffer.from(bytes);
      const base64 = key.toString("base64");
      const url = key.toString("base64url");
      const padded = url.padEnd(base64.length, "=");
      for (const text of [
        base64,
        url,
        padded,
        key.toString("hex"),
        key.toString("hex").toUpperCase(),
        ` ${base64}\n`,
      ])
        expect(parse(text, length)).toEqual(key);
    }),
  );
});

test.each([
  ["nothing", ""],
  ["raw bytes", Buffer.alloc(32, 200).toString("latin1")],
  ["a shorter key", Buffer.alloc(31).toString("base64")],
  ["a longer key", Buffer.alloc(33).toString("base64")],
  ["a key for the other mode", Buffer.alloc(64).toString("base64")],
  ["hexadecimal with a digit missing", Buffer.alloc(32).toString("hex").slice(1)],
  ["two keys", `${Buffer.alloc(32).toString("base64")}\n${Buffer.alloc(32).toString("base64")}`],
])("%s is malformed, and the error names the place and not the text", (_, text) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: "CONFIG.SECRET_MALFORMED",
      message: "the AES key in variable AES_KEY is not 32 bytes of base64 or hexadecimal",
      hint: "For a new key: openssl rand -base64 32",
    }),
  );
});
