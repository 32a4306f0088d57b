import type { KMSClient } from "@aws-sdk/client-kms";
import { isRekeyError, untilAborted } from "@cassandra-rekey/core";
import type { DataKeyMaterial, KeyContextValues, KeyWrapper, Unwrapped } from "@cassandra-rekey/envelope";
import { CallEnd, type KmsSdk } from "./kms-client.ts";
import { type CallPlace, hasExpired, incompleteReply, isRefusal, kmsFailure } from "./kms-failure.ts";

/** What an {@link AwsKmsWrapper} is made of. */
export interface AwsKmsWrapperParts {
  readonly sdk: KmsSdk;
  readonly client: KMSClient;
  readonly region: string;
  /** What calls name the key by. */
  readonly keyId: string;
  /** The key version label. */
  readonly version: string;
}

/** What `DescribeKey` tells that matters here. */
export interface KeyDescription {
  readonly arn: string;
  readonly state: string;
  /** Not every service that speaks the protocol tells it. */
  readonly usage: string | undefined;
  readonly spec: string | undefined;
}

/** KMS refuses longer ones by an error that does not say whose fault it is. */
const LONGEST_BLOB = 6144;

/** Data keys from AWS KMS: GenerateDataKey and Decrypt, always with the key named. */
export class AwsKmsWrapper implements KeyWrapper {
  readonly #parts: AwsKmsWrapperParts;
  #keyId: string;
  #workedBefore = false;

  constructor(parts: AwsKmsWrapperParts) {
    this.#parts = parts;
    this.#keyId = parts.keyId;
  }

  /**
   * Looks the key up, so that calls name it by its ARN from then on: an alias that moves does not change the key of a
   * job under way. Throws as calls do.
   */
  async describe(signal: AbortSignal): Promise<KeyDescription> {
    const { sdk } = this.#parts;
    const { KeyMetadata } = await this.#call("DescribeKey", signal, (options) =>
      this.#parts.client.send(new sdk.DescribeKeyCommand({ KeyId: this.#keyId }), options),
    );
    const { Arn, KeyState, KeyUsage, KeySpec } = KeyMetadata ?? {};
    if (typeof Arn !== "string") throw incompleteReply(this.#place("DescribeKey"));
    this.#keyId = Arn;
    return { arn: Arn, state: String(KeyState), usage: KeyUsage, spec: KeySpec };
  }

  async generate(context: KeyContextValues, signal: AbortSignal): Promise<DataKeyMaterial> {
    const { sdk } = this.#parts;
    const input = { KeyId: this.#keyId, KeySpec: "AES_256", ...bound(context) } as const;
    const { Plaintext, CiphertextBlob } = await this.#call("GenerateDataKey", signal, (options) =>
      this.#parts.client.send(new sdk.GenerateDataKeyCommand(input), options),
    );
    if (isBytes(Plaintext) && isBytes(CiphertextBlob))
      return { plaintext: Plaintext, wrapped: CiphertextBlob };
    throw incompleteReply(this.#place("GenerateDataKey"));
  }

  async unwrap(wrapped: Uint8Array, context: KeyContextValues, signal: AbortSignal): Promise<Unwrapped> {
    if (wrapped.length > LONGEST_BLOB) return { refused: "not-authentic" };
    const { sdk } = this.#parts;
    const input = { KeyId: this.#keyId, CiphertextBlob: wrapped, ...bound(context) };
    try {
      const { Plaintext } = await this.#call("Decrypt", signal, (options) =>
        this.#parts.client.send(new sdk.DecryptCommand(input), options),
      );
      if (isBytes(Plaintext)) return { plaintext: Plaintext };
      throw incompleteReply(this.#place("Decrypt"));
    } catch (error) {
      if (error === REFUSED) return { refused: "not-authentic" };
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.client.destroy();
  }

  async #call<Reply>(
    operation: string,
    signal: AbortSignal,
    send: (options: { abortSignal: AbortSignal }) => Promise<Reply>,
  ): Promise<Reply> {
    signal.throwIfAborted();
    try {
      // Whoever brings the credentials knows nothing of signals.
      const reply = await untilAborted(send({ abortSignal: signal }), signal);
      this.#workedBefore = true;
      return reply;
    } catch (caught) {
      signal.throwIfAborted();
      const error = caught instanceof CallEnd ? caught.reason : caught;
      if (isRekeyError(error)) throw error;
      if (operation === "Decrypt" && isRefusal(error)) throw REFUSED;
      const isSessionOver = hasExpired(error) && (await this.#isSessionFixed(signal));
      throw kmsFailure(error, { ...this.#place(operation), isSessionOver });
    }
  }

  /** Whether the credentials, once they have expired, stay so: the SDK asks again only for those that say until when. */
  async #isSessionFixed(signal: AbortSignal): Promise<boolean> {
    const { config } = this.#parts.client;
    const { expiration } = await untilAborted(config.credentials(), signal);
    return expiration === undefined;
  }

  #place(operation: string): CallPlace {
    const { region, version } = this.#parts;
    return { operation, region, version, keyId: this.#keyId, workedBefore: this.#workedBefore };
  }
}

/** The wrapped key is not this key's: an answer, not an error. */
const REFUSED = Symbol("refused");

/** Whatever the types of the SDK say: what it makes of a reply that is not KMS's may be anything. */
function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length > 0;
}

function bound(context: KeyContextValues): { EncryptionContext?: Record<string, string> } {
  return Object.keys(context).length === 0 ? {} : { EncryptionContext: { ...context } };
}
