import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { describe, expect, test } from "vitest";
import plugin, { aesGcmOptions, aesKey } from "../src/index.ts";
import { contextOf } from "./context.ts";

const NEVER = new AbortController().signal;
const provider = plugin.providers!["aes-gcm"]!;
const CELL = { form: "binary", context: { keyspace: "k", table: "t", column: "c", primaryKey: [] } } as const;

test("it is a plugin, and its package says what it provides", () => {
  const packageFile = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(isPlugin(plugin)).toBe(true);
  expect(packageFile["cassandra-rekey"]).toEqual({
    apiVersion: API_VERSION,
    entry: "./dist/index.js",
    providers: Object.keys(plugin.providers!),
  });
});

test.each([
  ["gcm", 32, { env: "NEW_KEY" }],
  ["siv", 64, { file: "/run/keys/new" }],
] as const)("a key of mode %s from where it is kept is the one given in code", async (mode, length, ref) => {
  const text = Buffer.alloc(length, 7).toString("base64");
  const context = contextOf({ NEW_KEY: text, "/run/keys/new": text }, "2026");
  const options = aesGcmOptions.parse({ key: ref, mode, associated_data: "{column}" });
  const key = await provider.create(options, context);
  expect(key).toMatchObject({ version: "2026", authenticates: true, writes: "binary" });
  const inCode = aesKey(text, { version: "v", mode, associatedData: "{column}", random: context.random });
  const [ciphertext] = await inCode.encrypt([{ ...CELL, plaintext: Buffer.from("hello") }], NEVER);
  const [opened] = await key.decrypt([{ ...CELL, ciphertext: ciphertext! }], NEVER);
  expect(opened).toEqual({ plaintext: Buffer.from("hello") });
});

test("a key of the wrong length for its mode names its place", async () => {
  const context = contextOf({ NEW_KEY: Buffer.alloc(32).toString("base64") });
  await expect(provider.create({ key: { env: "NEW_KEY" }, mode: "siv" }, context)).rejects.toMatchObject({
    code: "CONFIG.SECRET_MALFORMED",
    message: "the AES key in environment variable NEW_KEY is not 64 bytes of base64 or hexadecimal",
  });
});

test("a template with an unknown placeholder is refused", async () => {
  const context = contextOf({ NEW_KEY: Buffer.alloc(32).toString("base64") });
  const options = { key: { env: "NEW_KEY" }, mode: "gcm", associated_data: "{row}" };
  await expect(provider.create(options, context)).rejects.toMatchObject({ code: "CONFIG.INVALID" });
});

describe("options", () => {
  test("the mode is gcm unless given", () => {
    expect(aesGcmOptions.parse({ key: { env: "A" } })).toEqual({ key: { env: "A" }, mode: "gcm" });
  });

  test.each([
    {},
    { key: "a key in the file itself" },
    { key: { env: "A", file: "a" } },
    { key: { env: "rL7v+q0=" } },
    { key: { env: "A" }, mode: "cbc" },
    { key: { env: "A" }, associated_data: "" },
    { key: { env: "A" }, rows: true },
  ])("%j are refused", (options) => {
    expect(aesGcmOptions.safeParse(options).success).toBe(false);
  });
});
