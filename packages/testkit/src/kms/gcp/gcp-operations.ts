// Not the code under test: a mistake in the one must not be made good by the same mistake in the other.
import { crc32c } from "@aws-crypto/crc32c";
import { status } from "@grpc/grpc-js";
import type { CallLog } from "../call-log.ts";
import { GcpFailure } from "./gcp-failure.ts";
import { decrypt, encrypt, type GcpKey, type GcpKeys, type GcpKeyVersion } from "./gcp-keys.ts";

/** What an operation works on. */
export interface GcpCall {
  readonly keys: GcpKeys;
  readonly log: CallLog;
  // biome-ignore lint/suspicious/noExplicitAny: a request as protobuf decoded it; each operation checks what it uses.
  readonly input: any;
}

/** The operations of Google Cloud KMS that this server knows, by name. */
export const OPERATIONS: Readonly<Record<string, (call: GcpCall) => object>> = {
  CreateCryptoKey: ({ keys, input }) =>
    keyMessage(keys.create(`${input.parent}/cryptoKeys/${input.cryptoKeyId}`)),
  GetCryptoKey: ({ keys, input }) => keyMessage(keys.find(input.name)),
  GetCryptoKeyVersion: ({ keys, input }) => versionMessage(keys.encryptsAs(input.name)),
  CreateCryptoKeyVersion: ({ keys, input }) => versionMessage(keys.addVersion(keys.find(input.parent))),
  UpdateCryptoKeyPrimaryVersion({ keys, input }) {
    const key = keys.find(input.name);
    key.primary = keys.encryptsAs(`${input.name}/cryptoKeyVersions/${input.cryptoKeyVersionId}`);
    return keyMessage(key);
  },
  UpdateCryptoKeyVersion: ({ keys, input }) =>
    moved(keys.encryptsAs(input.cryptoKeyVersion.name), input.cryptoKeyVersion.state),
  DestroyCryptoKeyVersion: ({ keys, input }) => moved(keys.encryptsAs(input.name), "DESTROY_SCHEDULED"),
  Encrypt({ keys, log, input }) {
    const version = keys.encryptsAs(input.name);
    checksum(input.plaintext, input.plaintextCrc32c, "plaintext");
    checksum(input.additionalAuthenticatedData, input.additionalAuthenticatedDataCrc32c, "AAD");
    log.dataKeys.push(Buffer.from(input.plaintext));
    const ciphertext = encrypt(version, input.plaintext, input.additionalAuthenticatedData);
    return {
      name: version.name,
      ciphertext,
      ciphertextCrc32c: { value: String(crc32c(ciphertext)) },
      verifiedPlaintextCrc32c: input.plaintextCrc32c !== null,
      verifiedAdditionalAuthenticatedDataCrc32c: input.additionalAuthenticatedDataCrc32c !== null,
      protectionLevel: "SOFTWARE",
    };
  },
  Decrypt({ keys, log, input }) {
    const key = keys.find(input.name);
    checksum(input.ciphertext, input.ciphertextCrc32c, "ciphertext");
    checksum(input.additionalAuthenticatedData, input.additionalAuthenticatedDataCrc32c, "AAD");
    const { version, plaintext } = decrypt(key, input.ciphertext, input.additionalAuthenticatedData);
    log.dataKeys.push(plaintext);
    return {
      plaintext,
      plaintextCrc32c: { value: String(crc32c(plaintext)) },
      usedPrimary: version === key.primary,
      protectionLevel: "SOFTWARE",
    };
  },
};

/** A checksum that was sent must match; one that was not sent is not missed. */
function checksum(bytes: Uint8Array, sent: { readonly value: string } | null, what: string): void {
  if (sent !== null && Number(sent.value) !== crc32c(bytes))
    throw new GcpFailure(status.INVALID_ARGUMENT, `The ${what} checksum does not match.`);
}

function moved(version: GcpKeyVersion, state: GcpKeyVersion["state"]): object {
  version.state = state;
  return versionMessage(version);
}

function keyMessage({ name, primary }: GcpKey): object {
  return { name, primary: versionMessage(primary), purpose: "ENCRYPT_DECRYPT" };
}

function versionMessage({ name, state }: GcpKeyVersion): object {
  return { name, state, algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION", protectionLevel: "SOFTWARE" };
}
