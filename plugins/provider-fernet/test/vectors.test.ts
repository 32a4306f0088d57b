import { createDecipheriv } from "node:crypto";
import { expect, test } from "vitest";
import { parseKey } from "../src/parse-key.ts";
import { keyOf, open, seal } from "./cells.ts";
import generate from "./vectors/generate.json" with { type: "json" };
import invalid from "./vectors/invalid.json" with { type: "json" };
import verify from "./vectors/verify.json" with { type: "json" };

function bytesOf(secret: string): Uint8Array {
  return parseKey(Buffer.from(secret), "of the vector");
}

/** The random block that a fresh key turns into this IV. */
function randomFor(key: Uint8Array, iv: readonly number[]): Uint8Array {
  const aes = createDecipheriv("aes-128-ecb", key.subarray(16), null).setAutoPadding(false);
  return aes.update(Uint8Array.from(iv));
}

test.each(generate)("generate: $src at $now", async ({ token, now, iv, src, secret }) => {
  const key = keyOf(bytesOf(secret), {
    clock: { wallMs: () => Date.parse(now) },
    random: { bytes: () => randomFor(bytesOf(secret), iv) },
  });
  expect(await seal(key, [src])).toEqual([token]);
});

test.each(verify)("verify: $src", async ({ token, src, secret }) => {
  expect(await open(keyOf(bytesOf(secret)), [token])).toEqual([Buffer.from(src)]);
});

/** Cases about a token's age, which a rotation must not enforce: a column holds tokens of any age. */
const ABOUT_AGE: Readonly<Record<string, string>> = {
  "expired TTL": "sound (of an empty message), only older than the case's ttl_sec: it opens",
  "far-future TS (unacceptable clock skew)":
    "sound (of an empty message), only dated ahead of the case's clock: it opens",
};

const REFUSALS: Readonly<Record<string, string>> = {
  "incorrect mac": "not-authentic",
  "too short": "not-this-format",
  "invalid base64": "not-this-format",
  "payload size not multiple of block size": "not-this-format",
  "payload padding error": "corrupt",
  "incorrect IV (causes padding error)": "corrupt",
};

test("every published case is either refused or about age", () => {
  expect(invalid.map(({ desc }) => desc).sort()).toEqual(
    [...Object.keys(REFUSALS), ...Object.keys(ABOUT_AGE)].sort(),
  );
});

test.each(invalid.filter(({ desc }) => !(desc in ABOUT_AGE)))("invalid: $desc is refused", async (vector) => {
  expect(await open(keyOf(bytesOf(vector.secret)), [vector.token])).toEqual([REFUSALS[vector.desc]]);
});

test.each(invalid.filter(({ desc }) => desc in ABOUT_AGE))(
  "invalid: $desc does not apply",
  async (vector) => {
    const [result] = await open(keyOf(bytesOf(vector.secret)), [vector.token]);
    expect(result, ABOUT_AGE[vector.desc]).toEqual(Buffer.alloc(0));
  },
);
