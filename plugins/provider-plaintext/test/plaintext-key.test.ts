import { readFileSync } from "node:fs";
import { API_VERSION, type CellForm, type EncryptionKey, isPlugin, type Logger } from "@cassandra-rekey/core";
import { describe, expect, test, vi } from "vitest";
import plugin, { plaintextOptions } from "../src/index.ts";
import { contextOf } from "./context.ts";

const NEVER = new AbortController().signal;
const context = { keyspace: "shop", table: "customer", column: "email", primaryKey: [Buffer.of(7)] };
const FERNET = `gAAAAAB${"x".repeat(93)}`;

const openKey = (options: object = {}, use: "target" | "previous" = "previous", logger?: Logger) =>
  plugin.providers!["plaintext"]!.create(plaintextOptions.parse(options), {
    ...contextOf("plaintext", use),
    ...(logger && { logger }),
  });

async function open(key: EncryptionKey, values: readonly string[]) {
  const cells = values.map((value) => ({ ciphertext: Buffer.from(value), form: "text" as const, context }));
  const opened = await key.decrypt(cells, NEVER);
  return opened.map((result) => ("plaintext" in result ? Buffer.from(result.plaintext).toString() : result));
}

async function write(key: EncryptionKey, plaintext: Uint8Array, form: CellForm = "text") {
  const [written] = await key.encrypt([{ plaintext, form, context }], NEVER);
  return written!;
}

test("it is a plugin, and its package says what it provides", () => {
  const packageFile = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(isPlugin(plugin)).toBe(true);
  expect(packageFile["cassandra-rekey"]).toEqual({
    apiVersion: API_VERSION,
    entry: "./dist/index.js",
    providers: Object.keys(plugin.providers!),
  });
});

test("opens plaintext, refuses what may be ciphertext, authenticates nothing", async () => {
  const key = await openKey();
  expect(key).toMatchObject({ version: "plaintext", authenticates: false, writes: "verbatim" });
  expect(await open(key, ["a@b", FERNET, ""])).toEqual(["a@b", { refused: "not-this-format" }, ""]);
  expect(key.identify!(Buffer.from(FERNET))).toBe("foreign");
  expect(key.identify!(Buffer.from("a@b")), "it might still be anyone's").toBe("unknown");
});

test("what it opens and writes is a copy: the engine wipes plaintexts", async () => {
  const key = await openKey();
  const value = Buffer.from("a@b");
  const [opened] = await key.decrypt([{ ciphertext: value, form: "text", context }], NEVER);
  if ("plaintext" in opened!) opened.plaintext.fill(0);
  const written = await write(key, value);
  value.fill(0);
  expect(Buffer.from(written).toString()).toBe("a@b");
});

describe("as a target", () => {
  test("writes what was decrypted, empty values among it", async () => {
    const key = await openKey({}, "target");
    expect(Buffer.from(await write(key, Buffer.from("a@b"))).toString()).toBe("a@b");
    expect(await write(key, new Uint8Array(0))).toHaveLength(0);
  });

  test.each([
    [
      "what would be taken for ciphertext",
      Buffer.from(FERNET),
      {},
      "text",
      "it looks like ciphertext (fernet)",
    ],
    ["binary values, unless told", Buffer.of(0xff), {}, "binary", "it is not UTF-8 text"],
    [
      "binary values in a text column, even then",
      Buffer.of(0xff),
      { utf8: false },
      "text",
      "which a text column needs",
    ],
  ] as const)(
    "stops at %s, and names the place and not the value",
    async (_, plaintext, options, form, why) => {
      const key = await openKey(options, "target");
      await expect(write(key, plaintext, form)).rejects.toMatchObject({
        code: "KEY.REFUSED",
        message: expect.stringMatching(/^a cell of shop\.customer\.email cannot become plaintext: /),
        retryable: false,
      });
      await expect(write(key, plaintext, form)).rejects.toThrow(why);
      await expect(write(key, plaintext, form)).rejects.not.toThrow("xxx");
    },
  );

  test("writes binary values where it is told that they are plaintext", async () => {
    const key = await openKey({ utf8: false }, "target");
    expect(await write(key, Buffer.of(0xff), "binary")).toEqual(Uint8Array.of(0xff));
  });

  test.each([{ pattern: "x" }, { max_length: 3 }])(
    "takes %j for what it was when the key was a previous one, as in a rollback",
    async (options) => {
      const warn = vi.fn<(fields: object, message: string) => void>();
      const key = await openKey(options, "target", { debug: warn, info: warn, warn, error: warn });
      expect(Buffer.from(await write(key, Buffer.from("alice@b"))).toString()).toBe("alice@b");
      expect(await open(key, ["alice@b"]), "or the next sweep would not know it").toEqual(["alice@b"]);
      expect(warn).toHaveBeenCalledExactlyOnceWith(
        { key: "plaintext" },
        expect.stringContaining("play no part"),
      );
      expect(await open(await openKey(options), ["alice@b"])).toEqual([{ refused: "not-this-format" }]);
    },
  );
});

test("options that cannot be meant are refused", () => {
  for (const options of [
    { pattern: "(" },
    { pattern: "a)(b" },
    { max_length: -1 },
    { accept: ["rot13"] },
    { utf: true },
  ])
    expect(plaintextOptions.safeParse(options).success).toBe(false);
  expect(plaintextOptions.parse({})).toEqual({ utf8: true, encoded: false, accept: [] });
});
