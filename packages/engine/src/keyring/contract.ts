import { type EncryptionKey, type Opened, type Refusal, RekeyError } from "@cassandra-rekey/core";

type Call = "decrypt" | "encrypt";

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

/** The result, if it is one. A refusal of another kind is repeated to nobody: it may quote anything. */
export function checkOpened(key: Pick<EncryptionKey, "version">, result: Opened | undefined): Opened {
  const { plaintext, refused } = (result ?? {}) as { plaintext?: unknown; refused?: unknown };
  if (result && (plaintext instanceof Uint8Array || REFUSALS.includes(refused))) return result;
  throw broken(key, "decrypt", "returned neither a plaintext nor a refusal");
}
