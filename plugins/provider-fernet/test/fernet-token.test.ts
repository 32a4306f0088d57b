import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Desk } from "../src/desk.ts";
import { decodeToken, encodeToken, paddedLength, SHORTEST_TEXT, unpad } from "../src/fernet-token.ts";

/** A token-shaped buffer with so many blocks of ciphertext. */
function token(blocks: number, fill = 0xfb): Buffer {
  const bytes = Buffer.alloc(57 + blocks * 16, fill);
  bytes[0] = 0x80;
  return bytes;
}

const desk = new Desk(2000);

function decoded(text: Uint8Array): Buffer | undefined {
  return decodeToken(text, desk);
}

/** Strict base64url with padding, said by a regular expression. */
const STRICT = /^(?:[A-Za-z0-9_-]{4})+(?:[A-Za-z0-9_-]{2}==|[A-Za-z0-9_-]{3}=)?$/;

test("tokens of every length come back as they went", () => {
  for (let blocks = 1; blocks <= 20; blocks += 1) {
    const text = encodeToken(token(blocks));
    expect(text.toString()).toMatch(STRICT);
    expect(decoded(text)).toEqual(token(blocks));
  }
  expect(encodeToken(token(1)).length).toBe(SHORTEST_TEXT);
});

test("a token inside a larger buffer is decoded", () => {
  const text = encodeToken(token(2));
  const around = Buffer.concat([Buffer.from("gAAA"), text, Buffer.from("AAA=")]);
  expect(decoded(around.subarray(4, -4))).toEqual(token(2));
});

describe("refuses", () => {
  const text = encodeToken(token(2)).toString();
  test.each([
    ["nothing", ""],
    ["the standard alphabet", text.replace("-", "+")],
    ["the standard alphabet's slash", `${text.slice(0, 8)}////${text.slice(12)}`],
    ["missing padding", text.replaceAll("=", "")],
    ["padding in the middle", `${text.slice(0, 8)}==${text.slice(10)}`],
    ["padding at the front", `=${text.slice(1)}`],
    ["three padding characters", `${text.slice(0, -3)}===`],
    ["a line break in it", `${text.slice(0, 8)}\n${text.slice(9)}`],
    ["white space after it", `${text}    `],
    ["a character beyond ASCII", `${text.slice(0, 8)}é${text.slice(10)}`],
    ["another version", encodeToken(Buffer.concat([Buffer.of(0x81), token(2).subarray(1)])).toString()],
    ["no block of ciphertext", encodeToken(token(0)).toString()],
    ["half a block of ciphertext", encodeToken(token(2).subarray(0, -8)).toString()],
  ])("%s", (_, bad) => {
    expect(decoded(Buffer.from(bad))).toBeUndefined();
  });

  test("what a strict decoder refuses, with any characters in any place", () => {
    const flaw = fc.record({
      at: fc.nat(text.length - 1),
      byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from("=+/-_\n A"))),
    });
    fc.assert(
      fc.property(
        fc.array(flaw, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (flaws, blocks) => {
          const bytes = encodeToken(token(blocks));
          for (const { at, byte } of flaws) bytes[at % bytes.length] = byte;
          const strict = STRICT.test(bytes.toString("latin1"));
          const lenient = Buffer.from(bytes.toString("latin1"), "base64url");
          const sound =
            strict && lenient[0] === 0x80 && lenient.length > 57 && (lenient.length - 57) % 16 === 0;
          expect(decoded(bytes)).toEqual(sound ? lenient : undefined);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test("padding is whole blocks and always at least a byte", () => {
  expect([0, 1, 15, 16, 17, 32].map(paddedLength)).toEqual([16, 16, 16, 32, 32, 48]);
});

test.each([
  ["a count of zero", [1, 2, 0]],
  ["a count above the block", [...new Array(17).fill(17)]],
  ["a count above the length", [3, 3].fill(3)],
  ["a byte that differs from the count", [9, 2, 3, 3]],
  ["nothing at all", []],
])("unpad refuses %s", (_, bytes) => {
  expect(unpad(Buffer.from(bytes))).toBeUndefined();
});

test("unpad takes a whole block away", () => {
  expect(unpad(Buffer.alloc(16, 16))).toEqual(Buffer.alloc(0));
  expect(unpad(Buffer.from([7, 2, 2]))).toEqual(Buffer.from([7]));
});
