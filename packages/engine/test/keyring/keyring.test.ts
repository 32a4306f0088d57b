import { type EncryptionKey, type Opened, RekeyError, simpleKey } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { CONTEXT, openedKeyring, sealedBy, sealedCell, testKey, unsealed } from "../test-keys.ts";

const { signal } = new AbortController();

function spied(key: EncryptionKey, changes: Partial<EncryptionKey> = {}) {
  const decrypt = vi.fn(key.decrypt);
  return { ...key, decrypt, ...changes };
}

/** A key with the plaintexts that it has given out. */
function noting(version: string) {
  const key = testKey(version);
  const given: Uint8Array[] = [];
  const decrypt: EncryptionKey["decrypt"] = async (batch, until) => {
    const results = await key.decrypt(batch, until);
    for (const result of results) if ("plaintext" in result) given.push(result.plaintext);
    return results;
  };
  return { key: { ...key, decrypt }, given };
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
    const keyring = openedKeyring(testKey("new"), testKey("old"), testKey("older"));
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
    const keyring = openedKeyring(testKey("new"), testKey("old"));
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
    const keyring = openedKeyring(target, old);
    const batch = [sealedCell(sealedBy("old", "a")), sealedCell(sealedBy("old", "b"))];
    await keyring.classify(batch, signal);
    expect(target.decrypt).toHaveBeenCalledTimes(1);
    await keyring.classify(batch, signal);
    expect(target.decrypt).toHaveBeenCalledTimes(1);
    // One cell of each batch once more.
    expect(old.decrypt).toHaveBeenCalledTimes(4);
  });

  it("tries a key that authenticates nothing last, even as the target", async () => {
    const plain = simpleKey({
      version: "plain",
      authenticates: false,
      decrypt: (value) => value,
      encrypt: (value) => value,
    });
    const keyring = openedKeyring(plain, testKey("old"));
    const results = await keyring.classify(
      [sealedCell(sealedBy("old", "a")), sealedCell(Buffer.from("clear"))],
      signal,
    );
    expect(results.map((result) => result.under)).toEqual(["previous", "target"]);
    expect(keyring.previousVersions).toEqual(["old"]);
  });

  it("spares a key the cells that it identifies as foreign", async () => {
    const target = spied(testKey("new"), { identify: () => "foreign" as const });
    const keyring = openedKeyring(target, testKey("old"));
    const [result] = await keyring.classify([sealedCell(sealedBy("old", "a"))], signal);
    expect(result!.under).toBe("previous");
    expect(target.decrypt).not.toHaveBeenCalled();
  });

  it("takes corrupt for conclusive: no other key is tried", async () => {
    const corrupt = { ...testKey("new"), decrypt: async () => [{ refused: "corrupt" as const }] };
    const old = spied(testKey("old"));
    const [result] = await openedKeyring(corrupt, old).classify([sealedCell(sealedBy("old", "a"))], signal);
    expect(result).toEqual({ under: "unknown", reason: "new: corrupt" });
    expect(old.decrypt).not.toHaveBeenCalled();
  });

  it("wipes what was opened when a later key fails", async () => {
    const { key: target, given } = noting("new");
    const away = new RekeyError("KEY.UNAVAILABLE", "away");
    const failing = { ...testKey("old"), decrypt: () => Promise.reject(away) };
    const cells = [sealedCell(sealedBy("new", "abc")), sealedCell(Buffer.from("b"))];
    await expect(openedKeyring(target, failing).classify(cells, signal)).rejects.toBe(away);
    expect(given.map((plaintext) => [...plaintext])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it("wipes what was opened when the key fails as one of its cells is opened again", async () => {
    const { key, given } = noting("new");
    let calls = 0;
    const decrypt: EncryptionKey["decrypt"] = async (batch, until) => {
      calls += 1;
      if (calls > 1) throw new RekeyError("KEY.UNAVAILABLE", "away");
      return key.decrypt(batch, until);
    };
    const cells = [sealedCell(sealedBy("new", "abc"))];
    await expect(openedKeyring({ ...key, decrypt }).classify(cells, signal)).rejects.toThrow("away");
    expect(given.map((plaintext) => [...plaintext])).toEqual([[0, 0, 0]]);
  });

  it("never lets a plaintext share memory with the value that was read", async () => {
    const plain = simpleKey({
      version: "plain",
      authenticates: false,
      decrypt: (value) => value.subarray(1),
      encrypt: (value) => value,
    });
    const value = Buffer.from("xclear");
    const [result] = await openedKeyring(testKey("new"), plain).classify([sealedCell(value)], signal);
    if (result!.under !== "unknown") result!.plaintext.fill(0);
    expect(value.toString()).toBe("xclear");
  });
});

describe("seal", () => {
  it("seals each cell under the target, in its place", async () => {
    const keyring = openedKeyring(testKey("new"));
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
    const [sealed] = await openedKeyring(plain).seal(cells, signal);
    cells[0]!.plaintext.fill(0);
    expect(Buffer.from(sealed!).toString()).toBe("kept");
  });

  it("writes base64 of a binary key into text columns, and reads it back", async () => {
    const keyring = openedKeyring(testKey("new"));
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

  it.each([
    [
      "its results in another order",
      async (batch: Parameters<EncryptionKey["encrypt"]>[0]) =>
        [...(await good.encrypt(batch, signal))].reverse(),
    ],
    ["something that it cannot open", async () => [Buffer.from("a"), Buffer.from("b")]],
  ])("is found out when encrypt returns %s", async (_, encrypt) => {
    await expect(openedKeyring({ ...good, encrypt }).seal(clear("a", "b"), signal)).rejects.toMatchObject({
      code: "KEY.CONTRACT",
    });
  });

  it("cannot be in a keyring twice under one version", () => {
    expect(() => openedKeyring(testKey("v1"), testKey("v1"))).toThrow(
      expect.objectContaining({ code: "KEY.DUPLICATE" }),
    );
  });
});

describe("a key that opens a cell to something else another time", () => {
  const good = testKey("old");
  const inconsistent = expect.objectContaining({ code: "KEY.INCONSISTENT" });
  const sealed = Array.from({ length: 40 }, (_, index) => sealedCell(sealedBy("old", `plaintext ${index}`)));

  it.each([
    ["its results in the order in which they came", (opened: readonly Opened[]) => [...opened].reverse()],
    [
      "two results in the middle in each other's place",
      (opened: readonly Opened[]) => opened.toSpliced(20, 2, ...opened.slice(20, 22).reverse()),
    ],
  ])("is found out within a few batches when decrypt returns %s", async (_, order) => {
    const decrypt: EncryptionKey["decrypt"] = async (batch, until) =>
      batch.length < 30 ? good.decrypt(batch, until) : order(await good.decrypt(batch, until));
    const keyring = openedKeyring(testKey("new"), { ...good, decrypt });
    const batches = async () => {
      for (let batch = 0; batch < 60; batch += 1) await keyring.classify(sealed, signal);
    };
    await expect(batches()).rejects.toEqual(inconsistent);
    // Nor is it trusted with smaller batches, in which it happens to be right.
    await expect(keyring.classify(sealed.slice(0, 1), signal)).rejects.toEqual(inconsistent);
    await expect(keyring.seal(clear("a"), signal)).rejects.toEqual(inconsistent);
  });

  it("is found out at the first cell when it keeps the plaintexts that it gives out, which are wiped", async () => {
    const kept = new Map<string, Promise<readonly Opened[]>>();
    const decrypt: EncryptionKey["decrypt"] = async (batch, until) => {
      const opened = batch.map((cell) => {
        const id = Buffer.from(cell.ciphertext).toString("hex");
        const own = kept.get(id) ?? good.decrypt([cell], until);
        kept.set(id, own);
        return own;
      });
      return (await Promise.all(opened)).flat();
    };
    const keyring = openedKeyring(testKey("new"), { ...good, decrypt });
    await expect(keyring.classify(sealed.slice(0, 1), signal)).rejects.toEqual(inconsistent);
  });

  it("is found out when all its results lie in memory that it uses for every batch", async () => {
    const desk = Buffer.alloc(4096);
    const decrypt: EncryptionKey["decrypt"] = async (batch, until) => {
      let end = 0;
      return (await good.decrypt(batch, until)).map((result): Opened => {
        if ("refused" in result) return result;
        const plaintext = desk.subarray(end, end + result.plaintext.length);
        plaintext.set(result.plaintext);
        end += plaintext.length;
        return { plaintext };
      });
    };
    const keyring = openedKeyring(testKey("new"), { ...good, decrypt });
    await expect(keyring.classify(sealed, signal)).rejects.toEqual(inconsistent);
  });

  it("is found out within a few batches when encrypt mixes up what is in the middle", async () => {
    const target = testKey("new");
    const encrypt: EncryptionKey["encrypt"] = async (batch, until) => {
      const all = await target.encrypt(batch, until);
      return all.toSpliced(20, 2, ...all.slice(20, 22).reverse());
    };
    const keyring = openedKeyring({ ...target, encrypt });
    const cells = clear(...sealed.map((_, index) => `plaintext ${index}`));
    const batches = async () => {
      for (let batch = 0; batch < 60; batch += 1) await keyring.seal(cells, signal);
    };
    await expect(batches()).rejects.toEqual(inconsistent);
  });

  it("asks a key that is as it should be for one cell more a batch, and for single cells once", async () => {
    const old = spied(good);
    const keyring = openedKeyring(testKey("new"), old);
    for (const cells of [sealed, sealed, sealed.slice(0, 1)]) await keyring.classify(cells, signal);
    expect(vi.mocked(old.decrypt).mock.calls.map(([batch]) => batch.length)).toEqual([40, 1, 40, 1, 1]);
  });
});
