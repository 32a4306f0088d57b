import type { EncryptionKey } from "@cassandra-rekey/core";
import { simpleKey } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Keyring } from "../../src/keyring/keyring.ts";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { openedKeyring, sealedBy, sealedCell, testKey } from "../test-keys.ts";

const { signal } = new AbortController();

/** A key whose cells begin with its version, which it tells without decrypting. */
function marked(version: string): EncryptionKey {
  const key = testKey(version);
  return {
    ...key,
    decrypt: vi.fn(key.decrypt),
    identify: (value) =>
      Buffer.from(value).subarray(1).toString("latin1").startsWith(`${version}|`) ? "mine" : "foreign",
  };
}

/** A key that cannot tell its cells from others without decrypting. */
function unmarked(version: string): EncryptionKey {
  const key = testKey(version);
  return { ...key, decrypt: vi.fn(key.decrypt), identify: () => "unknown" };
}

/** A key that authenticates nothing and opens every value that begins with one of these letters. */
function loose(version: string, letters: string, mine = ""): EncryptionKey {
  const key = simpleKey({
    version,
    authenticates: false,
    decrypt: (value) => (letters.includes(String.fromCharCode(value[0]!)) ? value.subarray(1) : undefined),
    encrypt: (value) => value,
  });
  return {
    ...key,
    identify: (value) => (mine.includes(String.fromCharCode(value[0]!)) && mine !== "" ? "mine" : "unknown"),
  };
}

async function under(keyring: Keyring, ...values: readonly Buffer[]) {
  const results = await keyring.classify(
    values.map((value) => sealedCell(value)),
    signal,
  );
  return results.map((result) => ("version" in result ? result.version : result.reason));
}

/** For how many cells a key was asked, call by call. */
function asked({ decrypt }: EncryptionKey): readonly number[] {
  return vi.mocked(decrypt).mock.calls.map(([batch]) => batch.length);
}

describe("a cell whose format is one key's", () => {
  it("is asked of that key first, whatever was successful before: no other decrypts it", async () => {
    const target = unmarked("new");
    const old = marked("old");
    const keyring = openedKeyring(target, old);
    expect(await under(keyring, sealedBy("old", "a"), sealedBy("new", "b"))).toEqual(["old", "new"]);
    // Each opens its cell, and opens it again.
    expect(asked(target)).toEqual([1, 1]);
    expect(asked(old)).toEqual([1, 1]);
  });

  it("is tried with the others after that one refused it, and each key once", async () => {
    const claiming: EncryptionKey = { ...marked("old"), identify: () => "mine" };
    const target = unmarked("new");
    const keyring = openedKeyring(target, claiming, unmarked("older"));
    const cells = [sealedBy("new", "a"), sealedBy("older", "b"), Buffer.from("garbage")];
    expect(await under(keyring, ...cells)).toEqual([
      "new",
      "older",
      "new: not-authentic; old: not-authentic; older: not-authentic",
    ]);
    expect(asked(target)).toEqual([3, 1]);
  });

  it("comes to the same as trying every key on it", async () => {
    const version = fc.constantFrom("a", "b", "c", "d", "lost");
    const kinds = fc.array(fc.constantFrom(marked, unmarked), { minLength: 4, maxLength: 4 });
    const batches = fc.array(fc.array(version, { maxLength: 8 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(kinds, batches, async (kind, pages) => {
        const [target, ...previous] = ["a", "b", "c", "d"].map((name, index) => kind[index]!(name));
        const keyring = openedKeyring(target!, ...previous);
        for (const page of pages) {
          const found = await under(keyring, ...page.map((name, index) => sealedBy(name, `${index}`)));
          expect(found.map((one) => (one.includes(":") ? "lost" : one))).toEqual(page);
        }
      }),
    );
  });
});

describe("a cell that two keys claim", () => {
  it("is never guessed: it stays unknown when both would open it and none can prove it", async () => {
    const keyring = openedKeyring(testKey("new"), loose("cbc1", "xy"), loose("cbc2", "yz"));
    expect(await under(keyring, Buffer.from("x1"), Buffer.from("y1"), Buffer.from("z1"))).toEqual([
      "cbc1",
      "cbc1 and cbc2 would each open it, and none can prove it",
      "cbc2",
    ]);
  });

  it("is never guessed among three either, and no plaintext of theirs is left behind", async () => {
    const opened: Uint8Array[] = [];
    const keeping = (version: string): EncryptionKey => {
      const key = loose(version, "y");
      return {
        ...key,
        decrypt: async (batch) =>
          batch.map(() => {
            const plaintext = Uint8Array.from(Buffer.from("secret"));
            opened.push(plaintext);
            return { plaintext };
          }),
      };
    };
    const keyring = openedKeyring(keeping("one"), keeping("two"), keeping("three"));
    expect(await under(keyring, Buffer.from("y"))).toEqual([
      "one and three and two would each open it, and none can prove it",
    ]);
    expect(opened.flatMap((plaintext) => [...plaintext]).every((byte) => byte === 0)).toBe(true);
  });

  it("is the one's that proves it, when one can", async () => {
    const keyring = openedKeyring(loose("plain", "\x80ab"), testKey("old"));
    expect(await under(keyring, sealedBy("old", "a"))).toEqual(["old"]);
  });

  it("is the one's that tells it by its format, among keys that prove nothing", async () => {
    const keyring = openedKeyring(testKey("new"), loose("plain", "xy"), loose("header", "y", "y"));
    expect(await under(keyring, Buffer.from("x1"), Buffer.from("y1"))).toEqual(["plain", "header"]);
  });
});

describe("a key that authenticates nothing", () => {
  it("is refused what has the format of another key, though that one does not open it", async () => {
    const retired: EncryptionKey = {
      ...marked("old"),
      decrypt: async (batch) => batch.map(() => ({ refused: "not-authentic" as const })),
    };
    const everything = { ...loose("plain", ""), decrypt: simpleKeyOpening() };
    const keyring = openedKeyring(testKey("new"), retired, everything);
    expect(await under(keyring, sealedBy("old", "a"), Buffer.from("plain text"))).toEqual([
      "new: not-authentic; old: not-authentic; plain: not-this-format",
      "plain",
    ]);
  });

  it("is refused what has the format of a key in another keyring, in every keyring", async () => {
    const everything = { ...loose("plain", ""), decrypt: simpleKeyOpening() };
    const keyrings = new Keyrings(
      { target: marked("new"), previous: [everything] },
      new Map([["cards", { target: marked("c2"), previous: [{ ...everything }] }]]),
    );
    expect(await under(keyrings.of("keys"), sealedBy("c2", "a"), Buffer.from("text"))).toEqual([
      "new: not-this-format; plain: not-this-format",
      "plain",
    ]);
    expect(await under(keyrings.of("cards"), sealedBy("new", "a"), Buffer.from("text"))).toEqual([
      "c2: not-this-format; plain: not-this-format",
      "plain",
    ]);
  });
});

/** Opens anything to itself. */
function simpleKeyOpening(): EncryptionKey["decrypt"] {
  return async (batch) => batch.map(({ ciphertext }) => ({ plaintext: Uint8Array.from(ciphertext) }));
}
