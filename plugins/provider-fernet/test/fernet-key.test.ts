import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { clear, damaged, keyOf, open, seal, sealed, signal } from "./cells.ts";
import { plainOpen, plainSeal, plainSign } from "./plain-fernet.ts";

const BYTES = Buffer.from(randomBytes(32));
const key = keyOf(BYTES);

test("plaintexts of every length up to 200 are sealed and opened as plain Fernet does", async () => {
  const plaintexts = Array.from({ length: 201 }, (_, length) => randomBytes(length));
  const tokens = await seal(key, plaintexts);
  expect(tokens.map((token) => plainOpen(BYTES, token).plaintext)).toEqual(plaintexts);
  const plain = plaintexts.map((plaintext) =>
    plainSeal(BYTES, plaintext, { iv: randomBytes(16), seconds: 5n }),
  );
  expect(await open(key, plain)).toEqual(plaintexts);
});

test.each([4000, 4047, 4048, 4063, 4064, 4080, 65_536, 1 << 20])(
  "a plaintext of %i bytes",
  async (length) => {
    const plaintext = randomBytes(length);
    const [token] = await seal(key, [plaintext]);
    expect(plainOpen(BYTES, token!).plaintext.equals(plaintext)).toBe(true);
    const [opened] = await open(key, [token!]);
    expect(Buffer.isBuffer(opened) && opened.equals(plaintext)).toBe(true);
  },
);

test("an empty batch gives no results", async () => {
  expect(await key.encrypt([], signal)).toEqual([]);
  expect(await key.decrypt([], signal)).toEqual([]);
});

test("text and blob columns hold the same token", async () => {
  const [token] = await key.encrypt([clear("hello", "binary")], signal);
  expect(await key.decrypt([sealed(token!, "binary"), sealed(token!, "text")], signal)).toMatchObject([
    { plaintext: Buffer.from("hello") },
    { plaintext: Buffer.from("hello") },
  ]);
});

test("tokens carry the clock's second and an IV of their own, in one batch and in the next", async () => {
  const tokens = [...(await seal(key, ["same", "same", "same"])), ...(await seal(key, ["same", "same"]))];
  const opened = tokens.map((token) => plainOpen(BYTES, token));
  expect(opened.map(({ seconds }) => seconds)).toEqual(new Array(5).fill(1_700_000_000n));
  expect(new Set(opened.map(({ iv }) => Buffer.from(iv).toString("hex"))).size).toBe(5);
});

test("the IV takes all its randomness from the source: other bytes, another IV", async () => {
  const ivs = new Set<string>();
  for (let bit = 0; bit < 128; bit += 1) {
    const block = Buffer.alloc(16);
    block[bit >> 3] = 1 << (bit & 7);
    const [token] = await seal(keyOf(BYTES, { random: { bytes: () => block } }), ["same"]);
    ivs.add(Buffer.from(plainOpen(BYTES, token!).iv).toString("hex"));
  }
  expect(ivs.size).toBe(128);
});

test("inputs stay as they are", async () => {
  const plaintext = Buffer.from("a plaintext");
  const token = Buffer.from((await seal(key, [plaintext]))[0]!);
  const before = Buffer.from(token);
  await key.decrypt([sealed(token), { ...sealed(""), ciphertext: token }], signal);
  expect(token).toEqual(before);
  expect(plaintext.toString()).toBe("a plaintext");
});

describe("a batch with bad cells", () => {
  const foreign = plainSeal(randomBytes(32), Buffer.from("other"), { iv: randomBytes(16), seconds: 5n });
  const good = plainSeal(BYTES, Buffer.from("good"), { iv: randomBytes(16), seconds: 5n });
  const long = plainSeal(BYTES, randomBytes(100), { iv: randomBytes(16), seconds: 5n });
  const unpadded = plainSign(BYTES, Buffer.concat([Buffer.of(0x80), randomBytes(56)]));
  const outcomes: readonly (readonly [string, unknown])[] = [
    [foreign, "not-authentic"],
    [good, Buffer.from("good")],
    ["", "not-this-format"],
    [long, plainOpen(BYTES, long).plaintext],
    [unpadded, "corrupt"],
    ["plain text that never was a token", "not-this-format"],
    [good, Buffer.from("good")],
    [damaged(good), "not-authentic"],
  ];

  test("answers for each cell in its place", async () => {
    const batch = outcomes.map(([token]) => token);
    const expected = outcomes.map(([, outcome]) => outcome);
    for (let shift = 0; shift < batch.length; shift += 1) {
      const turned = <Item>(list: readonly Item[]) => [...list.slice(shift), ...list.slice(0, shift)];
      expect(await open(key, turned(batch))).toEqual(turned(expected));
    }
  });

  test("of bad cells alone", async () => {
    expect(await open(key, [foreign, "", foreign])).toEqual([
      "not-authentic",
      "not-this-format",
      "not-authentic",
    ]);
  });
});

test("a change of any bit of any byte is refused, and so is any other length", async () => {
  const plaintext = Buffer.from("attack at dawn");
  const token = Buffer.from((await seal(key, [plaintext]))[0]!);
  const raw = Buffer.from(token.toString(), "base64url");
  const flipped = Array.from({ length: raw.length * 8 }, (_, bit) => {
    const changed = Buffer.from(raw);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    return changed.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  });
  const cut = Array.from({ length: token.length }, (_, length) => token.subarray(0, length));
  const grown = ["A", "=", "%", "AAAA"].map((more) => Buffer.concat([token, Buffer.from(more)]));
  const results = await open(key, [...flipped, ...cut, ...grown]);
  expect(results.filter((result) => result !== "not-authentic" && result !== "not-this-format")).toEqual([]);
});

test("a token in another spelling, which Python's cryptography reads too, is the token", async () => {
  const plaintexts = [Buffer.from("one"), Buffer.from("two"), Buffer.alloc(70_000, "three")];
  const tokens = (await seal(key, plaintexts)).map((token) => Buffer.from(token).toString());
  const spellings: readonly ((token: string) => string)[] = [
    (token) => `${token}\n`,
    (token) => ` ${token}\r\n`,
    (token) => token.replace(/.{76}/g, "$&\n"),
    (token) => token.replaceAll("-", "+").replaceAll("_", "/"),
  ];
  const spelled = tokens.flatMap((token) => spellings.map((spell) => Buffer.from(spell(token))));
  for (const each of spelled) expect(key.identify(each)).toBe("unknown");
  const expected = plaintexts.flatMap((plaintext) => spellings.map(() => plaintext));
  expect(await open(key, spelled)).toEqual(expected);
  for (const none of ["", " ", "\n\n", "g\n", " gAAAA", `${tokens[0]!.slice(0, -4)}\n`])
    expect(await open(key, [Buffer.from(none)])).toEqual(["not-this-format"]);
});

test("overlapping batches on one key don't mix", async () => {
  const batches = Array.from({ length: 40 }, (_, batch) =>
    Array.from({ length: 30 }, (_, cell) =>
      Buffer.from(`batch ${batch} cell ${cell} ${"x".repeat(cell * 3)}`),
    ),
  );
  const rounds = await Promise.all(batches.map(async (batch) => await open(key, await seal(key, batch))));
  expect(rounds).toEqual(batches);
});

test("one key's failing batch leaves the next one right", async () => {
  const broken = { ...clear(""), plaintext: undefined as unknown as Uint8Array };
  await expect(key.encrypt([clear("sound"), broken], signal)).rejects.toThrow(TypeError);
  expect(await open(key, await seal(key, ["after", "wards"]))).toEqual([
    Buffer.from("after"),
    Buffer.from("wards"),
  ]);
});

describe("identify", () => {
  test.each([
    ["the year 1970", 0n],
    ["1985", 499_162_800n],
    ["2106", 2n ** 32n - 1n],
    ["after 2106", 2n ** 32n],
    ["the last second", 2n ** 64n - 1n],
  ])("takes a token of %s for possibly its own, and opens it", async (_, seconds) => {
    const token = plainSeal(BYTES, Buffer.alloc(0), { iv: randomBytes(16), seconds });
    expect(key.identify(Buffer.from(token))).toBe("unknown");
    expect(await open(key, [token])).toEqual([Buffer.alloc(0)]);
  });

  test.each([
    ["nothing", ""],
    ["what is too short", "gAAAAA=="],
    ["another first character", "x".repeat(100)],
    ["a length just below a token's", "g".repeat(99)],
    ["a length that is no multiple of four", "g".repeat(101)],
  ])("calls %s foreign, which is refused", async (_, text) => {
    expect(key.identify(Buffer.from(text))).toBe("foreign");
    expect(await open(key, [text])).toEqual(["not-this-format"]);
  });
});
