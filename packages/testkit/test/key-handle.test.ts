import type { EncryptionKey, KeyContext, OptionsSchema, PluginPart } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { keyContext } from "../src/plugin-context.ts";
import { openProviderKey, openTexts, sealTexts } from "../src/provider/key-handle.ts";
import { REAL_TIME } from "../src/real-time.ts";
import { GcmKey } from "./gcm-key.ts";

const options = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      "passphrase" in (value as object) ? { value } : { issues: [{ message: "passphrase is missing" }] },
    jsonSchema: { input: () => ({}), output: () => ({}) },
  },
} as OptionsSchema;

const part: PluginPart<EncryptionKey, KeyContext> = {
  options,
  create: async (given, { keyVersion }) =>
    new GcmKey((given as { readonly passphrase: string }).passphrase, keyVersion),
};

describe("a provider's key in a test", () => {
  it("is made from options by their schema, seals texts, opens them, and names refusals", async () => {
    const context = keyContext({ ...REAL_TIME, keyVersion: "v7" });
    await using key = await openProviderKey(part, { passphrase: "a" }, context);
    expect(key.version).toBe("v7");
    const sealed = await sealTexts(key, ["one", "two"]);
    expect(await openTexts(key, [...sealed, Buffer.from("x")])).toEqual(["one", "two", "<not-this-format>"]);
    expect(await openTexts(key, sealed, { column: "phone" })).toEqual(["<not-authentic>", "<not-authentic>"]);
  });

  it("is refused with what the schema says", async () => {
    await expect(openProviderKey(part, {}, keyContext())).rejects.toMatchObject({
      code: "CONFIG.INVALID",
      message: "passphrase is missing",
    });
  });

  it("gives calls their signal", async () => {
    const key = new GcmKey("a", "v1");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(sealTexts(key, ["one"], {}, signal)).rejects.toThrow("enough");
    await expect(openTexts(key, [Buffer.from("x")], {}, signal)).rejects.toThrow("enough");
  });
});
