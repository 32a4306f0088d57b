import {
  type ClearCell,
  type EncryptionKey,
  type Opened,
  type Refusal,
  RekeyError,
  type SealedCell,
} from "@cassandra-rekey/core";
import { apartFrom } from "./own-memory.ts";

type Call = "decrypt" | "encrypt" | "identify";

/** A key that does not do what its contract says. Providers are other people's code, perhaps not even type-checked. */
export function broken(key: Pick<EncryptionKey, "version">, call: Call, what: string): RekeyError {
  return new RekeyError("KEY.CONTRACT", `${call} of key ${key.version} ${what}`);
}

/** Throws unless there is one result for each cell. */
export function checkCount(
  key: Pick<EncryptionKey, "version">,
  call: Call,
  asked: number,
  results: readonly unknown[],
): void {
  if (!Array.isArray(results)) throw broken(key, call, "did not return a list");
  if (results.length !== asked) {
    throw broken(key, call, `returned ${results.length} results for ${asked} cells`);
  }
}

const REFUSALS: readonly unknown[] = ["not-this-format", "not-authentic", "corrupt"] satisfies Refusal[];

/**
 * The result, if it is one, in memory apart from the value that was read. A refusal of another kind is repeated to nobody:
 * it may quote anything.
 */
export function checkOpened(
  key: Pick<EncryptionKey, "version">,
  { ciphertext }: SealedCell,
  result: Opened | undefined,
): Opened {
  const { plaintext, refused } = (result ?? {}) as { plaintext?: unknown; refused?: unknown };
  if (result && plaintext instanceof Uint8Array) {
    const own = apartFrom(plaintext, ciphertext);
    return own === plaintext ? result : { plaintext: own };
  }
  if (result && REFUSALS.includes(refused)) return result;
  throw broken(key, "decrypt", "returned neither a plaintext nor a refusal");
}

/** The ciphertext, if it is one, in memory apart from the plaintext. Only a key that writes plaintext itself may write nothing. */
export function checkSealed(
  key: Pick<EncryptionKey, "version" | "writes">,
  { plaintext }: ClearCell,
  result: Uint8Array | undefined,
): Uint8Array {
  if (!(result instanceof Uint8Array)) throw broken(key, "encrypt", "returned what is not bytes");
  if (result.length === 0 && (key.writes !== "verbatim" || plaintext.length > 0))
    throw broken(key, "encrypt", "returned an empty result");
  return apartFrom(result, plaintext);
}

const VERDICTS: readonly unknown[] = ["mine", "foreign", "unknown"] satisfies Verdict[];

type Verdict = ReturnType<NonNullable<EncryptionKey["identify"]>>;

/** The verdict, if it is one. */
export function checkVerdict(key: Pick<EncryptionKey, "version">, verdict: Verdict): Verdict {
  if (VERDICTS.includes(verdict)) return verdict;
  throw broken(key, "identify", "said neither mine, nor foreign, nor unknown");
}
