import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { FernetSecret } from "../src/fernet-secret.ts";
import { clear, keyOf, open, seal } from "./cells.ts";

test("an aborted signal rejects with its reason", async () => {
  const key = keyOf(randomBytes(32));
  const reason = new TypeError("stop");
  const aborted = AbortSignal.abort(reason);
  await expect(key.encrypt([clear("x")], aborted)).rejects.toBe(reason);
  await expect(key.decrypt([], aborted)).rejects.toBe(reason);
});

test("disposing twice is harmless; using it afterwards is not possible", async () => {
  const key = keyOf(randomBytes(32));
  const [token] = await seal(key, ["x"]);
  await key[Symbol.asyncDispose]();
  await key[Symbol.asyncDispose]();
  const refusal = { code: "INTERNAL.INVARIANT", message: expect.stringContaining("v1") };
  await expect(seal(key, ["x"])).rejects.toMatchObject(refusal);
  await expect(open(key, [token!])).rejects.toMatchObject(refusal);
});

test("disposing of one key leaves another of the same bytes alone", async () => {
  const bytes = randomBytes(32);
  const [one, other] = [keyOf(bytes), keyOf(bytes)];
  await one[Symbol.asyncDispose]();
  expect(await open(other, await seal(other, ["x"]))).toEqual([Buffer.from("x")]);
});

test("wiped secrets have nothing left that tells them apart", () => {
  const [one, other] = [new FernetSecret(randomBytes(32)), new FernetSecret(randomBytes(32))];
  const signed = (secret: FernetSecret, length: number) => {
    const token = Buffer.alloc(length, 1);
    secret.sign(token);
    return token;
  };
  for (const length of [90, 9000]) expect(signed(one, length)).not.toEqual(signed(other, length));
  one.wipe();
  other.wipe();
  for (const length of [90, 9000]) expect(signed(one, length)).toEqual(signed(other, length));
  expect(() => one.encrypt(Buffer.alloc(16))).toThrow("state");
  expect(() => one.decrypt(Buffer.alloc(16))).toThrow("state");
});

test("the key's bytes may be wiped once they have been given", async () => {
  const bytes = randomBytes(32);
  const [key, control] = [keyOf(bytes), keyOf(Buffer.from(bytes))];
  bytes.fill(0);
  expect(await open(key, await seal(control, ["kept"]))).toEqual([Buffer.from("kept")]);
});

test("nothing of the key shows", () => {
  const bytes = randomBytes(32);
  const key = keyOf(bytes);
  expect(JSON.parse(JSON.stringify(key))).toEqual({ version: "v1", authenticates: true, writes: "ascii" });
  const shown = inspect(key, { showHidden: true, depth: 10 });
  for (const part of [bytes, bytes.subarray(0, 16), bytes.subarray(16)])
    for (const spelling of ["hex", "base64", "base64url", "latin1"] as const)
      expect(shown).not.toContain(part.toString(spelling).slice(0, 12));
  expect(shown).not.toContain("secret");
});
