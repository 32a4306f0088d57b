import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { describe, expect, test } from "vitest";
import plugin, { fernetKey, fernetOptions } from "../src/index.ts";
import { open, seal } from "./cells.ts";
import { contextOf } from "./context.ts";

const TEXT = `${Buffer.alloc(32, 7).toString("base64url")}=`;
const fernet = plugin.providers!["fernet"]!;

test("it is a plugin, and its package says what it provides", () => {
  const packageFile = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(isPlugin(plugin)).toBe(true);
  expect(packageFile["cassandra-rekey"]).toEqual({
    apiVersion: API_VERSION,
    entry: "./dist/index.js",
    providers: Object.keys(plugin.providers!),
  });
  expect(packageFile.oclif).toEqual({});
});

test.each([
  ["an environment variable", { env: "OLD_KEY" }],
  ["a file", { file: "/run/keys/old" }],
])("a key from %s", async (_, ref) => {
  const context = contextOf({ OLD_KEY: TEXT, "/run/keys/old": `${TEXT}\n` }, "2024");
  const key = await fernet.create({ key: ref }, context);
  expect(key).toMatchObject({ version: "2024", authenticates: true, writes: "ascii" });
  const inCode = fernetKey(TEXT, { ...context, version: "in code" });
  expect(await open(inCode, await seal(key, ["hello"]))).toEqual([Buffer.from("hello")]);
});

test("a missing secret is the engine's error", async () => {
  await expect(fernet.create({ key: { env: "OLD_KEY" } }, contextOf({}, "v1"))).rejects.toMatchObject({
    code: "CONFIG.SECRET_MISSING",
  });
});

test("a malformed key names its place", async () => {
  await expect(
    fernet.create({ key: { file: "/run/keys/old" } }, contextOf({ "/run/keys/old": "short" }, "v1")),
  ).rejects.toMatchObject({
    code: "CONFIG.SECRET_MALFORMED",
    message: expect.stringContaining("/run/keys/old"),
  });
  expect(() => fernetKey("short", contextOf({}, "v1"))).toThrow("the Fernet key given in code");
});

describe("options", () => {
  test.each([{ key: { env: "A" } }, { key: { file: "a/b" } }])("%j are right", (options) => {
    expect(fernetOptions.safeParse(options).success).toBe(true);
  });

  test.each([
    {},
    { key: "a key in the file itself" },
    { key: {} },
    { key: { env: "" } },
    { key: { env: "A", file: "a" } },
    { key: { env: "rL7v+q0=" } },
    { key: { env: "A" }, ttl: 60 },
  ])("%j are refused", (options) => {
    expect(fernetOptions.safeParse(options).success).toBe(false);
  });
});
