import type { EncryptionKey } from "@cassandra-rekey/core";
import awsKms from "@cassandra-rekey/provider-aws-kms";
import { keyContext, openProviderKey, REAL_TIME } from "@cassandra-rekey/testkit";

const NEVER = new AbortController().signal;
const CONTEXT = { keyspace: "shop", table: "people", column: "email", primaryKey: [] };

/** A key of AWS KMS outside of any engine. */
export function openAwsKey(options: object, keyVersion = "v1"): Promise<EncryptionKey> {
  return openProviderKey(awsKms.providers!["aws-kms"]!, options, keyContext({ ...REAL_TIME, keyVersion }));
}

export async function sealAll(
  key: EncryptionKey,
  values: readonly Uint8Array[],
  more: object = {},
): Promise<readonly Uint8Array[]> {
  const context = { ...CONTEXT, ...more };
  return key.encrypt(
    values.map((plaintext) => ({ plaintext, form: "binary" as const, context })),
    NEVER,
  );
}

/** Plaintexts, and refusals by their word. */
export async function openAll(
  key: EncryptionKey,
  values: readonly Uint8Array[],
  more: object = {},
): Promise<readonly (Buffer | string)[]> {
  const context = { ...CONTEXT, ...more };
  const cells = values.map((ciphertext) => ({ ciphertext, form: "binary" as const, context }));
  return (await key.decrypt(cells, NEVER)).map((opened) =>
    "plaintext" in opened ? Buffer.from(opened.plaintext) : opened.refused,
  );
}
