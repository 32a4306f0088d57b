import { isRekeyError, type Random } from "@cassandra-rekey/core";
import {
  type DataKeyMaterial,
  encodeKeyContext,
  type KeyContextValues,
  type KeyWrapper,
  type Unwrapped,
} from "@cassandra-rekey/envelope";
import { crc32c } from "./crc32c.ts";
import { cryptoKeyOf } from "./key-name.ts";
import type { KmsCalls } from "./kms-calls.ts";
import { type CallPlace, damaged, isLost, isRefusal, kmsFailure } from "./kms-failure.ts";

/** What a {@link GcpKmsWrapper} is made of. */
export interface GcpKmsWrapperParts {
  readonly calls: KmsCalls;
  readonly random: Pick<Random, "bytes">;
  /** The CryptoKey, or the version of it that encrypts. */
  readonly keyName: string;
  /** The key version label. */
  readonly version: string;
}

const KEY_LENGTH = 32;

/** Data keys made here and wrapped by Encrypt of Google Cloud KMS, which makes none itself; crc32c both ways. */
export class GcpKmsWrapper implements KeyWrapper {
  readonly #parts: GcpKmsWrapperParts;
  #workedBefore = false;

  constructor(parts: GcpKmsWrapperParts) {
    this.#parts = parts;
  }

  async generate(context: KeyContextValues, signal: AbortSignal): Promise<DataKeyMaterial> {
    const plaintext = this.#parts.random.bytes(KEY_LENGTH);
    try {
      return { plaintext, wrapped: await this.#wrap(plaintext, context, signal) };
    } catch (error) {
      plaintext.fill(0);
      throw error;
    }
  }

  async unwrap(wrapped: Uint8Array, context: KeyContextValues, signal: AbortSignal): Promise<Unwrapped> {
    const name = cryptoKeyOf(this.#parts.keyName);
    const bound = encodeKeyContext(context);
    const request = {
      name,
      ciphertext: wrapped,
      ciphertextCrc32c: checksum(wrapped),
      additionalAuthenticatedData: bound,
      additionalAuthenticatedDataCrc32c: checksum(bound),
    };
    try {
      const reply = await this.#parts.calls.decrypt(request, signal);
      const plaintext = bytesOf(reply.plaintext);
      if (!matches(plaintext, reply.plaintextCrc32c)) {
        plaintext.fill(0);
        throw damaged(this.#what("Decrypt"), "the reply");
      }
      this.#workedBefore = true;
      return { plaintext };
    } catch (error) {
      signal.throwIfAborted();
      if (isRefusal(error)) return { refused: "not-authentic" };
      // Other cells of this key may be under versions that are there: a job must get past this one.
      if (isLost(error)) return { refused: "corrupt" };
      throw this.#failure("Decrypt", name, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.calls[Symbol.asyncDispose]();
  }

  async #wrap(plaintext: Uint8Array, context: KeyContextValues, signal: AbortSignal): Promise<Uint8Array> {
    const { calls, keyName: name } = this.#parts;
    const bound = encodeKeyContext(context);
    const request = {
      name,
      plaintext,
      plaintextCrc32c: checksum(plaintext),
      additionalAuthenticatedData: bound,
      additionalAuthenticatedDataCrc32c: checksum(bound),
    };
    try {
      const reply = await calls.encrypt(request, signal);
      if (!reply.verifiedPlaintextCrc32c || !reply.verifiedAdditionalAuthenticatedDataCrc32c)
        throw damaged(this.#what("Encrypt"), "the request");
      const wrapped = bytesOf(reply.ciphertext);
      if (!matches(wrapped, reply.ciphertextCrc32c)) throw damaged(this.#what("Encrypt"), "the reply");
      this.#workedBefore = true;
      return wrapped;
    } catch (error) {
      signal.throwIfAborted();
      throw this.#failure("Encrypt", name, error);
    }
  }

  #failure(operation: string, name: string, error: unknown): Error {
    const place: CallPlace = {
      operation,
      name,
      version: this.#parts.version,
      workedBefore: this.#workedBefore,
    };
    return isRekeyError(error) ? error : kmsFailure(error, place);
  }

  #what(operation: string): string {
    return `Google Cloud KMS ${operation} with key ${this.#parts.version} (${this.#parts.keyName})`;
  }
}

function checksum(bytes: Uint8Array): { readonly value: number } {
  return { value: crc32c(bytes) };
}

/** Replies carry the checksum as text; one that is missing is one that does not match. */
function matches(bytes: Uint8Array, sent: { readonly value?: unknown } | null | undefined): boolean {
  return sent?.value !== undefined && sent.value !== null && Number(sent.value) === crc32c(bytes);
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
