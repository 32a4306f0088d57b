import { inspect } from "node:util";
import { expect, test } from "vitest";
import { parseKey } from "../src/parse-key.ts";

const BYTES = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index * 3));
const URL_SAFE = `${BYTES.toString("base64url")}=`;
const STANDARD = BYTES.toString("base64");

function parse(text: string) {
  return parseKey(Buffer.from(text), "in OLD_KEY");
}

test("the example has characters in which the alphabets differ", () => {
  expect(URL_SAFE).toMatch(/[_-]/);
  expect(STANDARD).toMatch(/[+/]/);
});

test.each([
  ["as Fernet.generate_key() prints it", URL_SAFE],
  ["without padding", URL_SAFE.slice(0, -1)],
  ["in the standard alphabet", STANDARD],
  ["in the standard alphabet without padding", STANDARD.slice(0, -1)],
  ["with white space around it", ` \t${URL_SAFE}\r\n`],
  ["after a byte order mark", `\ufeff${URL_SAFE}\r\n`],
])("a key %s is read", (_, text) => {
  expect(parse(text)).toEqual(BYTES);
});

test("a key inside a larger buffer is read", () => {
  const around = Buffer.from(`xx${URL_SAFE}yy`);
  expect(parseKey(around.subarray(2, -2), "in OLD_KEY")).toEqual(BYTES);
});

test.each([
  ["empty", ""],
  ["a character short", URL_SAFE.slice(1)],
  ["a character long", `A${URL_SAFE}`],
  ["of 31 bytes", BYTES.subarray(1).toString("base64")],
  ["of 33 bytes", Buffer.concat([BYTES, BYTES]).subarray(0, 33).toString("base64")],
  ["in hexadecimal", BYTES.toString("hex")],
  ["with white space inside", `${URL_SAFE.slice(0, 20)} ${URL_SAFE.slice(20)}`],
  ["with a foreign character", `%${URL_SAFE.slice(1)}`],
  ["with too much padding", `${URL_SAFE}=`],
  ["of raw bytes", BYTES.toString("latin1")],
  ["in quotation marks", `"${URL_SAFE}"`],
  ["twice", `${URL_SAFE}\n${URL_SAFE}`],
])("a key %s is malformed, and the error does not show it", (_, text) => {
  const error = catchError(() => parse(text));
  expect(error).toMatchObject({ code: "CONFIG.SECRET_MALFORMED" });
  expect(error.message).toContain("OLD_KEY");
  for (let at = 0; at + 8 <= text.trim().length; at += 4)
    expect(inspect(error, { showHidden: true })).not.toContain(text.trim().slice(at, at + 8));
});

test.each(["\n", ",", "\r\n", " ; "])("several keys, set apart by %j, are told of as such", (between) => {
  const error = catchError(() => parse([URL_SAFE, STANDARD, URL_SAFE].join(between)));
  expect(error).toMatchObject({
    code: "CONFIG.SECRET_MALFORMED",
    hint: expect.stringMatching(/^There are 3, as for MultiFernet/),
  });
});

function catchError(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new TypeError("nothing was thrown");
}
