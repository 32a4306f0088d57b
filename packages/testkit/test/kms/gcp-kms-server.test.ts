import { crc32c } from "@aws-crypto/crc32c";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { credentials, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GcpKey, GcpKmsServer } from "../../src/kms/gcp/index.ts";

let server: GcpKmsServer;
let kms: KeyManagementServiceClient;
let keys = 0;

function newKey(): GcpKey {
  keys += 1;
  return server.keys.create(`projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k${keys}`);
}

const SHORT = { timeout: 5_000, retry: null } as const;

async function encrypt(name: string, text = "x", aad = "") {
  const plaintext = Buffer.from(text);
  const additionalAuthenticatedData = Buffer.from(aad);
  const [reply] = await kms.encrypt(
    {
      name,
      plaintext,
      additionalAuthenticatedData,
      plaintextCrc32c: { value: crc32c(plaintext) },
      additionalAuthenticatedDataCrc32c: { value: crc32c(additionalAuthenticatedData) },
    },
    SHORT,
  );
  return reply;
}

async function decrypt(name: string, ciphertext: Uint8Array, aad = "") {
  const additionalAuthenticatedData = Buffer.from(aad);
  const [reply] = await kms.decrypt({ name, ciphertext, additionalAuthenticatedData }, SHORT);
  return reply;
}

beforeAll(async () => {
  server = await GcpKmsServer.start();
  const [apiEndpoint, port] = server.endpoint.split(":");
  kms = new KeyManagementServiceClient({
    apiEndpoint: apiEndpoint!,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    universeDomain: "googleapis.com",
  });
});
afterAll(async () => {
  await kms.close();
  await server[Symbol.asyncDispose]();
});

describe("keys of the Google KMS server", () => {
  it("open what they sealed, and send and check checksums", async () => {
    const { name } = newKey();
    const sealed = await encrypt(name, "secret");
    expect(sealed).toMatchObject({
      name: `${name}/cryptoKeyVersions/1`,
      verifiedPlaintextCrc32c: true,
      verifiedAdditionalAuthenticatedDataCrc32c: true,
      ciphertextCrc32c: { value: String(crc32c(sealed.ciphertext as Buffer)) },
    });
    const opened = await decrypt(name, sealed.ciphertext as Buffer);
    expect(String(opened.plaintext)).toBe("secret");
    expect(opened.plaintextCrc32c).toEqual({ value: String(crc32c(Buffer.from("secret"))) });
    const wrong = { name, plaintext: Buffer.from("x"), plaintextCrc32c: { value: 1 } };
    await expect(kms.encrypt(wrong, SHORT)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  it("refuse other keys, other associated data and changed bytes", async () => {
    const [{ name }, other] = [newKey(), newKey()];
    const ciphertext = Buffer.from((await encrypt(name, "x", "bound")).ciphertext as Buffer);
    await expect(decrypt(other.name, ciphertext, "bound")).rejects.toMatchObject({ code: 3 });
    await expect(decrypt(name, ciphertext)).rejects.toMatchObject({ code: 3 });
    ciphertext[ciphertext.length - 1]! ^= 1;
    await expect(decrypt(name, ciphertext, "bound")).rejects.toMatchObject({ code: 3 });
    await expect(encrypt(`${name}x`)).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  it("seal with the primary version or with the one that is named, and open with any", async () => {
    const key = newKey();
    const first = await encrypt(key.name);
    const second = server.keys.addVersion(key);
    expect((await encrypt(key.name)).name).toBe(first.name);
    expect((await encrypt(second.name)).name).toBe(second.name);
    await kms.updateCryptoKeyPrimaryVersion({ name: key.name, cryptoKeyVersionId: "2" });
    expect((await encrypt(key.name)).name).toBe(second.name);
    expect(await decrypt(key.name, first.ciphertext as Buffer)).toMatchObject({ usedPrimary: false });
  });

  it("do nothing while disabled or destroyed", async () => {
    const { name, primary } = newKey();
    const { ciphertext } = await encrypt(name);
    for (const state of ["DISABLED", "DESTROY_SCHEDULED", "DESTROYED"] as const) {
      primary.state = state;
      await expect(encrypt(name)).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
      await expect(decrypt(name, ciphertext as Buffer)).rejects.toMatchObject({ code: 9 });
    }
    const [version] = await kms.getCryptoKeyVersion({ name: primary.name }, SHORT);
    expect(version).toMatchObject({ state: "DESTROYED" });
  });
});

describe("faults of the Google KMS server", () => {
  it.each([
    ["throttled", status.RESOURCE_EXHAUSTED],
    ["unavailable", status.UNAVAILABLE],
    ["forbidden", status.PERMISSION_DENIED],
  ] as const)("%s", async (kind, code) => {
    const { name } = newKey();
    const end = server.fault({ kind }, { operations: ["Encrypt"] });
    await expect(encrypt(name)).rejects.toMatchObject({ code });
    end();
    await encrypt(name);
  });

  it("hang until the caller's deadline", async () => {
    const { name } = newKey();
    server.fault({ kind: "hang" }, { times: 1 });
    const sent = kms.encrypt({ name, plaintext: Buffer.from("x") }, { timeout: 50, retry: null });
    await expect(sent).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
  });

  it("change the bytes of an answer under its checksum", async () => {
    const { name } = newKey();
    server.fault({ kind: "corrupt" }, { times: 1 });
    const { ciphertext, ciphertextCrc32c } = await encrypt(name);
    expect(ciphertextCrc32c).not.toEqual({ value: String(crc32c(ciphertext as Buffer)) });
  });

  it("take the service away and bring it back at the same place, keys and all", async () => {
    const { name } = newKey();
    await server.stop();
    // A call on the connection that is just ending is cancelled instead.
    await expect.poll(() => encrypt(name).catch((error) => error.code)).toBe(status.UNAVAILABLE);
    await server.resume();
    await expect
      .poll(() =>
        encrypt(name).then(
          () => "up",
          () => "down",
        ),
      )
      .toBe("up");
  });
});
