import { randomBytes } from "node:crypto";
import type { CallLog } from "../call-log.ts";
import { unwrap, wrap } from "./aws-blob.ts";
import { AwsFailure, invalid } from "./aws-failure.ts";
import { type AwsKey, type AwsKeys, usable } from "./aws-keys.ts";

/** What an operation works on. */
export interface AwsCall {
  readonly keys: AwsKeys;
  readonly log: CallLog;
  readonly region: string;
  // biome-ignore lint/suspicious/noExplicitAny: a request as it came over the wire; each operation checks what it uses.
  readonly input: any;
}

type Operation = (call: AwsCall) => object;

const LONGEST_PLAINTEXT = 4096;
const LONGEST_BLOB = 6144;

/** The operations of AWS KMS that this server knows, by name. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateKey: ({ keys, region, input }) => ({
    KeyMetadata: metadata(keys.create(region, { multiRegion: input.MultiRegion === true })),
  }),
  ReplicateKey: (call) => ({
    ReplicaKeyMetadata: metadata(call.keys.replicate(named(call), String(call.input.ReplicaRegion))),
  }),
  CreateAlias(call) {
    call.keys.alias(call.input.AliasName, named({ ...call, input: { KeyId: call.input.TargetKeyId } }));
    return {};
  },
  DescribeKey: (call) => ({ KeyMetadata: metadata(named(call)) }),
  GenerateDataKey(call) {
    const key = usable(named(call));
    const { KeySpec, NumberOfBytes, EncryptionContext = {} } = call.input;
    const size = KeySpec === "AES_128" ? 16 : KeySpec === "AES_256" ? 32 : NumberOfBytes;
    if (!Number.isInteger(size) || size < 1 || size > 1024) throw invalid("numberOfBytes");
    const plaintext = randomBytes(size);
    call.log.dataKeys.push(plaintext);
    return {
      KeyId: key.arn,
      Plaintext: plaintext.toString("base64"),
      CiphertextBlob: wrap(key, plaintext, EncryptionContext).toString("base64"),
    };
  },
  Encrypt(call) {
    const key = usable(named(call));
    const plaintext = blob(call.input.Plaintext, LONGEST_PLAINTEXT, "plaintext");
    const wrapped = wrap(key, plaintext, call.input.EncryptionContext ?? {});
    return { KeyId: key.arn, CiphertextBlob: wrapped.toString("base64") };
  },
  Decrypt(call) {
    const { key, plaintext } = opened(call, call.input.KeyId, call.input.EncryptionContext);
    call.log.dataKeys.push(plaintext);
    return { KeyId: key.arn, Plaintext: plaintext.toString("base64") };
  },
  ReEncrypt(call) {
    const { key, plaintext } = opened(call, call.input.SourceKeyId, call.input.SourceEncryptionContext);
    const target = usable(call.keys.find(call.region, call.input.DestinationKeyId));
    const wrapped = wrap(target, plaintext, call.input.DestinationEncryptionContext ?? {});
    return { SourceKeyId: key.arn, KeyId: target.arn, CiphertextBlob: wrapped.toString("base64") };
  },
  RotateKeyOnDemand(call) {
    call.keys.rotate(usable(named(call)));
    return { KeyId: named(call).arn };
  },
  DisableKey: (call) => moved(call, "Disabled"),
  EnableKey: (call) => moved(call, "Enabled"),
  ScheduleKeyDeletion: (call) => moved(call, "PendingDeletion"),
  // As on the real service, the key is disabled afterwards.
  CancelKeyDeletion: (call) => moved(call, "Disabled"),
};

function named({ keys, region, input }: AwsCall): AwsKey {
  return keys.find(region, input.KeyId);
}

function moved(call: AwsCall, state: AwsKey["state"]): object {
  const key = named(call);
  key.state = state;
  return { KeyId: key.arn, KeyState: state };
}

function opened(call: AwsCall, keyId: unknown, context: Record<string, string> | undefined) {
  const wanted = keyId === undefined ? undefined : usable(call.keys.find(call.region, keyId));
  const bytes = blob(call.input.CiphertextBlob, LONGEST_BLOB, "ciphertextBlob");
  const found = unwrap(call.keys, call.region, bytes, context ?? {}, wanted);
  usable(found.key);
  return found;
}

function blob(text: unknown, longest: number, name: string): Buffer {
  if (typeof text !== "string") throw new AwsFailure("SerializationException");
  const bytes = Buffer.from(text, "base64");
  if (bytes.length >= 1 && bytes.length <= longest) return bytes;
  throw invalid(`Value at '${name}' failed to satisfy constraint`);
}

function metadata(key: AwsKey): object {
  return {
    KeyId: key.id,
    Arn: key.arn,
    Enabled: key.state === "Enabled",
    KeyState: key.state,
    KeyUsage: "ENCRYPT_DECRYPT",
    KeySpec: "SYMMETRIC_DEFAULT",
    MultiRegion: key.multiRegion,
  };
}
