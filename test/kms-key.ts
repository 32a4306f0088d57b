import type { EncryptionKey, KeyContext } from "@cassandra-rekey/core";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import awsKms from "@cassandra-rekey/provider-aws-kms";

const NEVER = new AbortController().signal;
const CONTEXT = { keyspace: "shop", table: "people", column: "email", primaryKey: [] };

/** A key of AWS KMS outside of any engine. */
export async function openAwsKey(options: object, keyVersion = "v1"): Promise<EncryptionKey> {
  const context: KeyContext = {
    keyVersion,
    use: "target",
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    clock: systemClock,
    random: systemRandom,
    signal: NEVER,
    secret: async () => new Uint8Array(0),
    cluster: async () => ({}),
    workers: 1,
  };
  const part = awsKms.providers!["aws-kms"]!;
  const result = await part.options["~standard"].validate(options);
  if (result.issues) throw new Error(result.issues.map(({ message }) => message).join("; "));
  return part.create(result.value, context);
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
