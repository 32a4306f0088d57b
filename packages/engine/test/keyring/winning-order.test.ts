import { type EncryptionKey, simpleKey } from "@cassandra-rekey/core";
import { expect, it } from "vitest";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { whyNoneWins } from "../../src/keyring/winning-order.ts";
import { settingsWith } from "../doctor/table-settings.ts";

const { signal } = new AbortController();

/** A key whose ciphertexts begin with these bytes, and go on with others each time unless it is told not to. */
function key(
  version: string,
  begin: readonly number[],
  more: Partial<EncryptionKey> & { fixed?: boolean } = {},
) {
  let sealed = 0;
  const { fixed = false, ...rest } = more;
  const made = simpleKey({
    version,
    encrypt: (plaintext) => {
      if (!fixed) sealed += 37;
      return Buffer.from([...begin, sealed % 256, ...plaintext]);
    },
    decrypt: () => undefined,
  });
  return Object.assign(made, rest) as EncryptionKey;
}

function why(target: EncryptionKey, previous: EncryptionKey, form: "binary" | "text" = "binary") {
  const keyrings = new Keyrings({ target, previous: [previous] });
  const [table] = settingsWith().tables;
  const columns = [{ name: "ssn", type: "blob", form }] as const;
  return whyNoneWins(keyrings, table!, { columns }, signal);
}

it("finds keys that draw nothing", async () => {
  expect(await why(key("v2", [], { fixed: true }), key("v1", []))).toMatch(/v2 makes the same ciphertext/);
});

it("finds keys whose ciphertexts begin with less than those of the key before", async () => {
  expect(await why(key("v2", [1, 5]), key("v1", [1, 6]))).toMatch(
    /v2 is smaller than every one of previous key v1/,
  );
  expect(await why(key("v2", [1, 6]), key("v1", [1, 5]))).toBeUndefined();
  expect(await why(key("v2", [1, 5]), key("v1", [1, 5]))).toBeUndefined();
  expect(await why(key("v2", [1]), key("v1", [1, 255, 255]))).toBeUndefined();
});

it("compares what is stored: base64 has another order than the bytes", async () => {
  // In base64 the one begins with a digit and the other with a letter, which is larger in ASCII.
  const [digits, letters] = [key("v2", [0xd4, 0xd4, 0xd4]), key("v1", [0x04, 0x04, 0x04])];
  expect(await why(digits, letters)).toBeUndefined();
  const binary = { writes: "binary" } as const;
  expect(await why(Object.assign(digits, binary), Object.assign(letters, binary), "text")).toMatch(
    /is smaller/,
  );
});

it("knows nothing of keys that cannot seal any more, nor of plaintext", async () => {
  const refuses = simpleKey({ version: "v1", encrypt: () => Buffer.of(9), decrypt: () => undefined });
  expect(
    await why(key("v2", [5]), Object.assign(refuses, { writes: "verbatim" }) as EncryptionKey),
  ).toBeUndefined();
});
