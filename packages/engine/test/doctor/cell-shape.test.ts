import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellShape } from "../../src/doctor/cell-shape.ts";

const shapeOf = (text: string) => cellShape(Buffer.from(text));

describe("the shape of a cell", () => {
  it.each([
    ["", "empty"],
    ["x", "text, 1 characters, looks like one word"],
    ["  \n", "text, 2–3 characters, looks like white space"],
    ["Ada@example.com", "text, 8–15 characters, looks like an email address"],
    ["4111111111111111", "text, 16–31 characters, looks like digits"],
    ["-12.50", "text, 4–7 characters, looks like a decimal number"],
    ["+49 (30) 123-456", "text, 16–31 characters, looks like a phone number or an account number"],
    ["1974-05-06", "text, 8–15 characters, looks like a date"],
    ["2026-01-02T03:04:05.678Z", "text, 16–31 characters, looks like a date"],
    ["0B4F2F6E-6f7a-4a52-9d6f-0f6a5d1f3c11", "text, 32–63 characters, looks like a UUID"],
    ["https://example.com/a?b=c", "text, 16–31 characters, looks like a URL"],
    ['{"name": "Ada"}', "text, 8–15 characters, looks like JSON"],
    ["[not JSON", "text, 8–15 characters, looks like words"],
    ["<a>b</a>", "text, 8–15 characters, looks like XML"],
    ["-----BEGIN PRIVATE KEY-----", "text, 16–31 characters, looks like PEM"],
    ["eyJhbGciOiJ9.eyJzdWIi.c2ln", "text, 16–31 characters, looks like a JSON web token"],
    ["0123456789abcdef", "text, 16–31 characters, looks like hexadecimal"],
    ["gAAAAABpK0x3c2VjcmV0c2VjcmV0", "text, 16–31 characters, looks like base64"],
    ["O’Brien", "text, 4–7 characters, looks like one word"],
    ["Grüße an Ada, 12 Uhr", "text, 16–31 characters, looks like words"],
    ["🦊🦊🦊", "text, 2–3 characters"],
    ["x".repeat(5000), "text, 4096–8191 characters"],
  ])("of %j is %s", (text, shape) => expect(shapeOf(text)).toBe(shape));

  it("of bytes that are no text is their size alone", () => {
    expect(cellShape(Buffer.from("80ff00fe", "hex"))).toBe("no text, 4–7 bytes");
  });

  const words = new Set(
    `empty no text bytes characters looks like white space a an UUID date digits decimal number phone or account URL
    email address JSON XML PEM web token hexadecimal base64 one word words`.split(/\s+/),
  );
  const texts = fc.oneof(
    fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
    fc.string({ minLength: 1, maxLength: 200 }),
    fc.emailAddress(),
    fc.webUrl(),
    fc.json(),
    fc.uuid(),
    fc.bigInt({ min: 0n }).map(String),
    fc.base64String(),
  );

  it("is made of fixed words and of sizes, so that no part of the value can be in it", () => {
    fc.assert(
      fc.property(texts, (text) => {
        for (const word of shapeOf(text).split(/[\s,;]+/)) {
          if (words.has(word)) continue;
          // The bounds of a size class are powers of two, whatever digits the value has.
          const [least, most = least] = word.split("–").map(Number);
          expect(Math.log2(least!) % 1).toBe(0);
          expect([least, 2 * least! - 1]).toContain(most);
        }
      }),
    );
  });

  it("has no fragment of three or more bytes of the value, but what its own words happen to have", () => {
    const vocabulary = [...words].join(" ");
    const bytes = fc.uint8Array({ minLength: 3, maxLength: 64 }).map((value) => Buffer.from(value));
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          texts.map((text) => Buffer.from(text)),
        ),
        (value) => {
          const shape = Buffer.from(cellShape(value).replaceAll(/[\d–]+/g, " "));
          for (let at = 0; at + 3 <= value.length; at += 1) {
            const fragment = value.subarray(at, at + 3);
            if (!vocabulary.includes(fragment.toString("latin1")))
              expect(shape.includes(fragment)).toBe(false);
          }
        },
      ),
    );
  });

  it("is the same for values that differ in content alone", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 16, maxLength: 31 });
    const sameShape = (one: string, other: string) => expect(shapeOf(one)).toBe(shapeOf(other));
    fc.assert(fc.property(digits, digits, (one, other) => void sameShape(one, other)));
  });
});
