import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import type { CellContext } from "@cassandra-rekey/core";
import { openGcm } from "@cassandra-rekey/envelope";
import { describe, expect, test } from "vitest";
import { LocalKey, type LocalKeyParts } from "../src/local-key.ts";
import { SivCipher } from "../src/siv.ts";

const NEVER = new AbortController().signal;
const CONTEXT: CellContext = {
  keyspace: "shop",
  table: "customer",
  column: "email",
  primaryKey: [Buffer.of(7)],
};
const GCM = Buffer.alloc(32, 1);
const SIV = Buffer.alloc(64, 2);

function keyOf(bytes: Uint8Array, parts: Partial<LocalKeyParts> = {}) {
  const mode = bytes.length === 64 ? "siv" : "gcm";
  return new LocalKey(bytes, {
    version: "v1",
    mode,
    random: { bytes: (length) => randomBytes(length) },
    ...parts,
  });
}

async function seal(key: LocalKey, text: string, context: Partial<CellContext> = {}) {
  const cell = { plaintext: Buffer.from(text), form: "binary", context: { ...CONTEXT, ...context } } as const;
  const [sealed] = await key.encrypt([cell], NEVER);
  return sealed!;
}

async function open(key: LocalKey, ciphertext: Uint8Array, context: Partial<CellContext> = {}) {
  const cell = { ciphertext, form: "binary", context: { ...CONTEXT, ...context } } as const;
  const [opened] = await key.decrypt([cell], NEVER);
  return "plaintext" in opened! ? Buffer.from(opened.plaintext).toString() : opened!.refused;
}

function keyId(bytes: Uint8Array, template = ""): Buffer {
  const message = `cassandra-rekey local key id\0${template}`;
  return createHmac("sha256", bytes).update(message).digest().subarray(0, 8);
}

describe("the layout is the one that docs/formats/local-keyset.md specifies", () => {
  test("GCM", async () => {
    const nonce = Buffer.alloc(12, 9);
    const sealed = await seal(keyOf(GCM, { random: { bytes: () => nonce } }), "hello");
    const header = Buffer.concat([Buffer.from("c1524b02", "hex"), keyId(GCM)]);
    expect(Buffer.from(sealed).subarray(0, 24)).toEqual(Buffer.concat([header, nonce]));
    expect(sealed).toHaveLength(12 + 12 + 5 + 16);
    expect(openGcm(createSecretKey(GCM), sealed.subarray(12), header)?.toString()).toBe("hello");
  });

  test("SIV, bound to its column", async () => {
    const template = "{column}";
    const sealed = await seal(keyOf(SIV, { associatedData: template }), "hello");
    const header = Buffer.concat([Buffer.from("c1524b03", "hex"), keyId(SIV, template)]);
    expect(Buffer.from(sealed).subarray(0, 12)).toEqual(header);
    expect(sealed).toHaveLength(12 + 16 + 5);
    const covered = Buffer.concat([header, Buffer.from([0, 0, 0, 5]), Buffer.from("email")]);
    expect(new SivCipher(SIV).open([covered], sealed.subarray(12))?.toString()).toBe("hello");
  });
});

test("in SIV, equal values of a column have equal ciphertexts, of different columns only when nothing binds them", async () => {
  const bound = keyOf(SIV, { associatedData: "{column}" });
  expect(await seal(bound, "x")).toEqual(await seal(bound, "x", { primaryKey: [Buffer.of(8)] }));
  expect(await seal(bound, "x")).not.toEqual(await seal(bound, "x", { column: "phone" }));
  expect(await seal(keyOf(SIV), "x")).toEqual(await seal(keyOf(SIV), "x", { column: "phone" }));
});

describe("keys are told apart without trying them", () => {
  const keys = {
    "another key": keyOf(Buffer.alloc(32, 3)),
    "another mode": keyOf(SIV),
    "another template": keyOf(GCM, { associatedData: "{column}" }),
  };

  test.each(Object.entries(keys))("%s", async (name, other) => {
    const sealed = await seal(other, "x");
    expect(keyOf(GCM).identify(sealed)).toBe("foreign");
    expect(await open(keyOf(GCM), sealed)).toBe(
      name === "another mode" ? "not-this-format" : "not-authentic",
    );
    expect(keyOf(GCM).identify(await seal(keyOf(GCM), "x"))).toBe("mine");
  });

  test.each([GCM, SIV])(
    "a cell of its own that was changed is corrupt, for no other key can open it (%#)",
    async (bytes) => {
      const key = keyOf(bytes, { associatedData: "{primary_key}" });
      const sealed = await seal(key, "hello");
      expect(await open(key, sealed.with(14, sealed[14]! ^ 1))).toBe("corrupt");
      expect(await open(key, sealed.subarray(0, 12))).toBe("corrupt");
      expect(await open(key, sealed, { primaryKey: [Buffer.of(8)] })).toBe("corrupt");
    },
  );
});

test("the caller may wipe the key's bytes", async () => {
  for (const original of [GCM, SIV]) {
    const bytes = Buffer.from(original);
    const key = keyOf(bytes);
    bytes.fill(0);
    expect(await open(keyOf(original), await seal(key, "hello"))).toBe("hello");
  }
});

test.each([GCM, SIV])("a key that was disposed of is no more (%#)", async (bytes) => {
  const key = keyOf(bytes);
  const sealed = await seal(key, "x");
  await key[Symbol.asyncDispose]();
  await expect(open(key, sealed)).rejects.toMatchObject({ code: "INTERNAL.INVARIANT" });
  await expect(seal(key, "x")).rejects.toMatchObject({ code: "INTERNAL.INVARIANT" });
});
