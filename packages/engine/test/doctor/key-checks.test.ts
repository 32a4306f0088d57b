import { type EncryptionKey, RekeyError, simpleKey } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Checks } from "../../src/doctor/checks.ts";
import { checkKeys } from "../../src/doctor/key-checks.ts";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { refuseSameKey, refuseSameKeys } from "../../src/keyring/same-key.ts";
import { relabelled, testKey } from "../test-keys.ts";

const never = new AbortController().signal;

async function found(target: EncryptionKey, ...previous: EncryptionKey[]) {
  const checks = new Checks();
  await checkKeys(checks, { target, previous }, never);
  return checks.list.map(({ level, check }) => `${level} ${check}`);
}

describe("keys", () => {
  const target = testKey("v2");
  const previous = testKey("v1");

  it("are well when the target opens what it seals and differs from the previous one", async () =>
    expect(await found(target, previous)).toEqual(["OK keys.round-trip", "OK keys.differ"]));

  it("fail when the target does not open what it seals", async () => {
    const broken = simpleKey({
      version: "v2",
      encrypt: (plaintext) => Buffer.from(plaintext).toReversed(),
      decrypt: (ciphertext) => ciphertext,
    });
    expect(await found(broken)).toEqual(["FAIL keys.round-trip"]);
  });

  it("fail when the target is one of the previous keys, and a run refuses them", async () => {
    expect(await found(target, previous, relabelled(target, "v0"))).toEqual([
      "OK keys.round-trip",
      "OK keys.differ",
      "FAIL keys.differ",
    ]);
    await expect(refuseSameKey(target, [previous, relabelled(target, "v0")], never)).rejects.toMatchObject({
      code: "KEY.DUPLICATE",
    });
    await expect(refuseSameKey(target, [previous], never)).resolves.toBeUndefined();
  });

  it("are refused by a run in each keyring that its tables use, and may be shared between keyrings", async () => {
    const keyrings = new Keyrings(
      { target, previous: [previous] },
      new Map([["cards", { target: relabelled(previous, "c2"), previous: [relabelled(previous, "c1")] }]]),
    );
    await expect(refuseSameKeys(keyrings, ["keys"], never)).resolves.toBeUndefined();
    await expect(refuseSameKeys(keyrings, ["keys", "cards"], never)).rejects.toMatchObject({
      code: "KEY.DUPLICATE",
      message: "target key c2 of keyring cards and previous key c1 of keyring cards are the same key",
    });
  });

  it("are worth a warning when a previous key is there twice", async () =>
    expect(await found(target, previous, relabelled(previous, "v0"))).toContain("WARN keys.differ"));

  it("need not seal any more once they are previous", async () => {
    const retired = relabelled(previous, "v0");
    retired.encrypt = async () => {
      throw new RekeyError("KEY.REFUSED", "disabled for encryption");
    };
    expect(await found(target, retired, testKey("v3"))).toEqual([
      "OK keys.round-trip",
      "OK keys.differ",
      "OK keys.differ",
    ]);
  });

  it("prove nothing by opening anything", async () => {
    const plaintext: EncryptionKey = { ...relabelled(previous, "plain") };
    Object.assign(plaintext, {
      version: "plain",
      authenticates: false,
      decrypt: async (cells: readonly { ciphertext: Uint8Array }[]) =>
        cells.map(({ ciphertext }) => ({ plaintext: ciphertext })),
    });
    expect(await found(target, plaintext)).toEqual(["OK keys.round-trip", "OK keys.differ"]);
  });
});
