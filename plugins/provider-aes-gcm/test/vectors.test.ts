import { createSecretKey } from "node:crypto";
import { openGcm, sealGcm } from "@cassandra-rekey/envelope";
import { describe, expect, test } from "vitest";
import { SivCipher } from "../src/siv.ts";
// NIST's gcmEncryptExtIV256 and gcmDecrypt256: 96-bit nonces and 128-bit tags, the first four of each group.
import nistDecrypt from "./vectors/nist-gcm-decrypt-256.json" with { type: "json" };
import nistEncrypt from "./vectors/nist-gcm-encrypt-256.json" with { type: "json" };
// Wycheproof's aes_gcm with 256-bit keys and 96-bit nonces, and aead_aes_siv_cmac with 512-bit keys.
import wycheproofGcm from "./vectors/wycheproof-aes-256-gcm.json" with { type: "json" };
import wycheproofSiv from "./vectors/wycheproof-aes-256-siv-cmac.json" with { type: "json" };

interface Vector {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: string;
}

const bytes = (hex: string) => Buffer.from(hex, "hex");

describe.each([
  ["NIST, encryption", nistEncrypt],
  ["NIST, decryption", nistDecrypt],
  ["Wycheproof", wycheproofGcm],
])("AES-256-GCM: %s", (_, vectors: readonly Vector[]) => {
  test.each(vectors.map((vector, index) => ({ index, ...vector })))("vector $index is $result", (vector) => {
    const key = createSecretKey(bytes(vector.key));
    const body = bytes(vector.iv + vector.ct + vector.tag);
    const opened = openGcm(key, body, bytes(vector.aad));
    expect(opened?.toString("hex")).toBe(vector.result === "valid" ? vector.msg : undefined);
    if (vector.result !== "valid") return;
    const sealed = sealGcm(key, Buffer.alloc(0), bytes(vector.iv), bytes(vector.aad), bytes(vector.msg));
    expect(sealed.toString("hex")).toBe(body.toString("hex"));
  });
});

describe("AES-256-SIV", () => {
  // In RFC 5297 a nonce is the last string of associated data.
  test.each(wycheproofSiv)("Wycheproof $tcId ($comment) is $result", (vector) => {
    const cipher = new SivCipher(bytes(vector.key));
    const associatedData = [bytes(vector.aad), bytes(vector.iv)];
    const sealed = bytes(vector.tag + vector.ct);
    const opened = cipher.open(associatedData, sealed);
    expect(opened?.toString("hex")).toBe(vector.result === "valid" ? vector.msg : undefined);
    if (vector.result !== "valid") return;
    expect(cipher.seal(associatedData, bytes(vector.msg))).toEqual(sealed);
  });

  test.each([
    {
      from: "RFC 5297, A.1",
      key: "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0" + "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
      ad: ["101112131415161718191a1b1c1d1e1f2021222324252627"],
      msg: "112233445566778899aabbccddee",
      sealed: "85632d07c6e8f37f950acd320a2ecc93" + "40c02b9690c4dc04daef7f6afe5c",
    },
    {
      from: "RFC 5297, A.2",
      key: "7f7e7d7c7b7a79787776757473727170" + "404142434445464748494a4b4c4d4e4f",
      ad: [
        "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100",
        "102030405060708090a0",
        "09f911029d74e35bd84156c5635688c0",
      ],
      msg: Buffer.from("this is some plaintext to encrypt using SIV-AES").toString("hex"),
      sealed:
        "7bdb6e3b432667eb06f4d14bff2fbd0f" +
        "cb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d",
    },
    {
      from: "OpenSSL, AES-256",
      key:
        "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" +
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfefffffefdfcfbfaf9f8f7f6f5f4f3f2f1f0",
      ad: ["101112131415161718191a1b1c1d1e1f2021222324252627"],
      msg: "112233445566778899aabbccddee",
      sealed: "724dfb2eaf94dbb19b0ba3a299a0801e" + "f3b05a55498ec2552690b89810e4",
    },
  ])("$from", ({ key, ad, msg, sealed }) => {
    const cipher = new SivCipher(bytes(key));
    expect(cipher.seal(ad.map(bytes), bytes(msg)).toString("hex")).toBe(sealed);
    expect(cipher.open(ad.map(bytes), bytes(sealed))?.toString("hex")).toBe(msg);
  });
});
