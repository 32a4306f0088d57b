import { randomBytes } from "node:crypto";
import { status } from "@grpc/grpc-js";
import { openBlob, sealBlob } from "../seal.ts";
import { GcpFailure, notFound } from "./gcp-failure.ts";

/** One version of a CryptoKey. */
export interface GcpKeyVersion {
  readonly name: string;
  readonly number: number;
  readonly material: Buffer;
  state: "ENABLED" | "DISABLED" | "DESTROY_SCHEDULED" | "DESTROYED";
}

/** A CryptoKey with its versions; the primary one encrypts when none is named. */
export interface GcpKey {
  readonly name: string;
  readonly versions: GcpKeyVersion[];
  primary: GcpKeyVersion;
}

const KEY_NAME = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;
const VERSION_NAME = /^(.+)\/cryptoKeyVersions\/(\d+)$/;

/** CryptoKeys by resource name. */
export class GcpKeys {
  readonly #keys = new Map<string, GcpKey>();

  /** Makes a key with its first version, which is primary. */
  create(name: string): GcpKey {
    if (!KEY_NAME.test(name)) throw new GcpFailure(status.INVALID_ARGUMENT, "not the name of a CryptoKey");
    const first = version(name, 1);
    const key: GcpKey = { name, versions: [first], primary: first };
    this.#keys.set(name, key);
    return key;
  }

  /** Adds a version. It encrypts only what names it, until it is made primary. */
  addVersion(key: GcpKey): GcpKeyVersion {
    const added = version(key.name, key.versions.length + 1);
    key.versions.push(added);
    return added;
  }

  find(name: string): GcpKey {
    const key = this.#keys.get(name);
    if (key) return key;
    throw notFound(name);
  }

  /** The version that a name stands for: a version's own, or a key's primary one. */
  encryptsAs(name: string): GcpKeyVersion {
    const [, keyName, number] = VERSION_NAME.exec(name) ?? [];
    if (keyName === undefined) return this.find(name).primary;
    const found = this.find(keyName).versions.find((candidate) => candidate.number === Number(number));
    if (found) return found;
    throw notFound(name);
  }
}

/** A ciphertext: number of the version, sealed bytes. */
export function encrypt(version: GcpKeyVersion, plaintext: Uint8Array, associated: Uint8Array): Buffer {
  requireEnabled(version);
  return Buffer.concat([numberBytes(version), sealBlob(version.material, plaintext, associated)]);
}

export function decrypt(key: GcpKey, ciphertext: Uint8Array, associated: Uint8Array) {
  const bytes = Buffer.from(ciphertext);
  const number = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  const found = key.versions.find((candidate) => candidate.number === number);
  if (found) requireEnabled(found);
  const plaintext = found && openBlob(found.material, bytes.subarray(4), associated);
  if (plaintext) return { version: found, plaintext };
  throw new GcpFailure(
    status.INVALID_ARGUMENT,
    "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
  );
}

export function requireEnabled({ name, state }: GcpKeyVersion): void {
  if (state !== "ENABLED")
    throw new GcpFailure(status.FAILED_PRECONDITION, `${name} is not enabled, current state is: ${state}.`);
}

function version(keyName: string, number: number): GcpKeyVersion {
  const name = `${keyName}/cryptoKeyVersions/${number}`;
  return { name, number, material: randomBytes(32), state: "ENABLED" };
}

function numberBytes({ number }: GcpKeyVersion): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}
