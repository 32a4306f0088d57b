import { openBlob, sealBlob } from "../seal.ts";
import { AwsFailure } from "./aws-failure.ts";
import type { AwsKey, AwsKeys } from "./aws-keys.ts";

/** The service binds a blob to it; the order of its names does not matter. */
export type EncryptionContext = Readonly<Record<string, string>>;

const VERSION = 1;

/** A CiphertextBlob: version, length of the key id, key id, number of the material, sealed bytes. */
export function wrap(key: AwsKey, plaintext: Uint8Array, context: EncryptionContext): Buffer {
  const number = key.material.length - 1;
  const header = Buffer.from([VERSION, key.id.length, ...Buffer.from(key.id), number]);
  return Buffer.concat([header, sealBlob(key.material[number]!, plaintext, bound(header, context))]);
}

/** Throws as the service does: what it cannot read, and what another key wrapped, without a word of explanation. */
export function unwrap(
  keys: AwsKeys,
  region: string,
  blob: Uint8Array,
  context: EncryptionContext,
  wanted: AwsKey | undefined,
): { readonly key: AwsKey; readonly plaintext: Buffer } {
  const bodyAt = 3 + (blob[1] ?? 0);
  const id = Buffer.from(blob.subarray(2, bodyAt - 1)).toString("latin1");
  const key = blob[0] === VERSION ? keys.byId(region, id) : undefined;
  const material = key?.material[blob[bodyAt - 1] ?? -1];
  if (!key || !material) throw new AwsFailure("InvalidCiphertextException");
  if (wanted && wanted !== key)
    throw new AwsFailure(
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation.",
    );
  const plaintext = openBlob(material, blob.subarray(bodyAt), bound(blob.subarray(0, bodyAt), context));
  if (!plaintext) throw new AwsFailure("InvalidCiphertextException");
  return { key, plaintext };
}

function bound(header: Uint8Array, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([header, Buffer.from(JSON.stringify(pairs))]);
}
