import { type EncryptionKey, type Opened, simpleKey } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Keyring } from "../../src/keyring/keyring.ts";
import { CONTEXT, sealedBy, sealedCell, testKey, unsealed } from "../test-keys.ts";

const { signal } = new AbortController();

function spied(key: EncryptionKey, changes: Partial<EncryptionKey> = {}) {
  const decrypt = vi.fn(key.decrypt);
  return { ...key, decrypt, ...changes };
}

function clear(...texts: string[]) {
  return texts.map((text) => ({
    plaintext: Uint8Array.from(Buffer.from(text)),
    form: "binary" as const,
    context: CONTEXT,
  }));
}

describe("classify", () => {
  it("tells target, previous and unknown by what opens a cell, each at its place", async () => {
    const keyring = new Keyring(testKey("new"), [testKey("old"), testKey("older")]);
    const versions = fc.array(fc.constantFrom("new", "old", "older", "strange"), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(versions, async (cells) => {
        const sealed = cells.map((version, index) => sealedCell(sealedBy(version, `p${index}`)));
        const results = await keyring.classify(sealed, signal);
        const expected: Record<string, string> = { new: "target", strange: "unknown" };
        expect(results.map((result) => result.under)).toEqual(
          cells.map((version) => expected[version] ?? "previous"),
        );
        results.forEach((result, index) => {
          if (result.under === "unknown") return;
          expect(result.version).toBe(cells[index]);
          expect(Buffer.from(result.plaintext).toString()).toBe(`p${index}`);
        });
      }),
    );
  });

  it("gives every key's refusal as the reason, and never a value", async () => {
    const keyring = new Keyring(testKey("new"), [testKey("old")]);
    const [result] = await keyring.classify([sealedCell(Buffer.from("garbage"))], signal);
    expect(result).toEqual({ under: "unknown", reason: "new: not-authentic; old: not-authentic" });
    // Now the old key is tried first; the reason is spelled as before, so that reasons can be counted.
    const mostlyOld = ["a", "b", "c"].map((text) => sealedCell(sealedBy("old", text)));
    await keyring.classify(mostlyOld, signal);
    expect(await keyring.classify([sealedCell(Buffer.from("garbage"))], signal)).toEqual([result]);
  });

  it("tries the key first that opened most of the batch before", async () => {
    const target = spied(testKey("new"));
    const old = spied(testKey("old"));
    const keyring = new Keyring(target, [old]);
    const batch = [sealedCell(sealedBy("old", "a")), sealedCell(sealedBy("old", "b"))];
    await keyring.classify(batch, signal);
    expect(target.decrypt).toHaveBeenCalledTimes(1);
    await keyring.classify(batch, signal);
    expect(target.decrypt).toHaveBeenCalledTimes(1);
    expect(old.decrypt).toHaveBeenCalledTimes(2);
  });

  it("tries a key that authenticates nothing last, even as the target", async () => {
    const plain = simpleKey({
      version: "plain",
      authenticates: false,
      decrypt: (value) => value,
      encrypt: (value) => value,
    });
    const keyring = new Keyring(plain, [testKey("old")]);
    const results = await keyring.classify(
      [sealedCell(sealedBy("old", "a")), sealedCell(Buffer.from("clear"))],
      signal,
    );
    expect(results.map((result) => result.under)).toEqual(["previous", "target"]);
    expect(keyring.previousVersions).toEqual(["old"]);
  });

  it("spares a key the cells that it identifies as foreign", async () => {
    const target = spied(testKey("new"), { identify: () => "foreign" as const });
    const keyring = new Keyring(target, [testKey("old")]);
    const [result] = await keyring.classify([sealedCell(sealedBy("old", "a"))], signal);
    expect(result!.under).toBe("previous");
    expect(target.decrypt).not.toHaveBeenCalled();
  });

  it("takes corrupt for conclusive: no other key is tried", async () => {
    const corrupt = { ...testKey("new"), decrypt: async () => [{ refused: "corrupt" as const }] };
    const old = spied(testKey("old"));
    const [result] = await new Keyring(corrupt, [old]).classify([sealedCell(sealedBy("old", "a"))], signal);
    expect(result).toEqual({ under: "unknown", reason: "new: corrupt" });
    expect(old.decrypt).not.toHaveBeenCalled();
  });

  it("wipes what was opened when a later key fails", async () => {
    const plaintext = Uint8Array.from([1, 2, 3]);
    const target = {
      ...testKey("new"),
      decrypt: async (): Promise<Opened[]> => [{ plaintext }, { refused: "not-authentic" }],
    };
    const failing = { ...testKey("old"), decrypt: () => Promise.reject(new Error("away")) };
    const cells = [sealedCell(Buffer.from("a")), sealedCell(Buffer.from("b"))];
    await expect(new Keyring(target, [failing]).classify(cells, signal)).rejects.toThrow("away");
    expect([...plaintext]).toEqual([0, 0, 0]);
  });

  it("never lets a plaintext share memory with the value that was read", async () => {
    const plain = simpleKey({
      version: "plain",
      authenticates: false,
      decrypt: (value) => value.subarray(1),
      encrypt: (value) => value,
    });
    const value = Buffer.from("xclear");
    const [result] = await new Keyring(testKey("new"), [plain]).classify([sealedCell(value)], signal);
    if (result!.under !== "unknown") result!.plaintext.fill(0);
    expect(value.toString()).toBe("xclear");
  });
});

describe("seal", () => {
  it("seals each cell under the target, in its place", async () => {
    const keyring = new Keyring(testKey("new"), []);
    const sealed = await keyring.seal(clear("a", "b", "c"), signal);
    expect(sealed.map(unsealed)).toEqual(["a", "b", "c"].map((plaintext) => ({ version: "new", plaintext })));
    expect(await keyring.seal([], signal)).toEqual([]);
  });

  it("keeps what a key for plain cells returns when the plaintext is wiped", async () => {
    const plain = simpleKey({
      version: "plain",
      authenticates: false,
      decrypt: (value) => value,
      encrypt: (value) => value,
    });
    const cells = clear("kept");
    const [sealed] = await new Keyring(plain, []).seal(cells, signal);
    cells[0]!.plaintext.fill(0);
    expect(Buffer.from(sealed!).toString()).toBe("kept");
  });

  it("writes base64 of a binary key into text columns, and reads it back", async () => {
    const keyring = new Keyring(testKey("new"), []);
    const [sealed] = await keyring.seal([{ ...clear("a")[0]!, form: "text" }], signal);
    expect(Buffer.from(sealed!).toString()).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const [result] = await keyring.classify([sealedCell(sealed!, "text")], signal);
    expect(result!.under).toBe("target");
    const [other] = await keyring.classify([sealedCell(Buffer.from("not base64!"), "text")], signal);
    expect(other).toEqual({ under: "unknown", reason: "new: not-this-format" });
  });
});

describe("a provider that breaks its contract", () => {
  const good = testKey("new");
  const decrypting = (results: readonly unknown[]) => ({
    ...good,
    decrypt: async () => results as readonly Opened[],
  });
  const contract = expect.objectContaining({ code: "KEY.CONTRACT" });

  it.each([
    ["too few results", []],
    ["too many results", [{ refused: "corrupt" }, { refused: "corrupt" }]],
    ["a hole", [undefined]],
    ["neither plaintext nor refusal", [{}]],
    ["a plaintext that is no bytes", [{ plaintext: "text" }]],
  ])("is found out when decrypt returns %s", async (_, results) => {
    const keyring = new Keyring(decrypting(results), []);
    await expect(keyring.classify([sealedCell(sealedBy("new", "a"))], signal)).rejects.toEqual(contract);
  });

  it.each([
    ["too few results", async () => [Buffer.from("a")]],
    ["an empty result", async () => [Buffer.from("a"), Buffer.of()]],
    ["something that is no bytes", async () => ["a", "b"] as unknown as Uint8Array[]],
    [
      "its results in another order",
      async (batch: Parameters<EncryptionKey["encrypt"]>[0]) =>
        [...(await good.encrypt(batch, signal))].reverse(),
    ],
    ["something that it cannot open", async () => [Buffer.from("a"), Buffer.from("b")]],
  ])("is found out when encrypt returns %s", async (_, encrypt) => {
    await expect(new Keyring({ ...good, encrypt }, []).seal(clear("a", "b"), signal)).rejects.toEqual(
      contract,
    );
  });

  it("cannot be in a keyring twice under one version", () => {
    expect(() => new Keyring(testKey("v1"), [testKey("v1")])).toThrow(
      expect.objectContaining({ code: "KEY.DUPLICATE" }),
    );
  });
});

it("lets only a key that writes plaintext itself write nothing for an empty plaintext", async () => {
  const verbatim: EncryptionKey = {
    ...testKey("plaintext"),
    writes: "verbatim",
    encrypt: async (batch) => batch.map(({ plaintext }) => Uint8Array.from(plaintext)),
    decrypt: async (batch) => batch.map(({ ciphertext }) => ({ plaintext: Uint8Array.from(ciphertext) })),
  };
  const [empty, full] = await new Keyring(verbatim, []).seal(clear("", "a"), signal);
  expect([empty!.length, full!.length]).toEqual([0, 1]);
  const losing = new Keyring(
    { ...verbatim, encrypt: async (batch) => batch.map(() => new Uint8Array()) },
    [],
  );
  await expect(losing.seal(clear("a"), signal)).rejects.toMatchObject({ code: "KEY.CONTRACT" });
});
