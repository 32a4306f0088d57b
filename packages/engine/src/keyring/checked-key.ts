import { type EncryptionKey, isRekeyError, RekeyError } from "@cassandra-rekey/core";
import { failureText } from "../executor/failure-text.ts";
import { broken, checkCount } from "./contract.ts";

const WRITES: readonly unknown[] = ["ascii", "binary", "verbatim"] satisfies EncryptionKey["writes"][];

/**
 * A provider's key as the engine asks it: what it throws names the key and its provider, and its results are one for each
 * cell. Throws `PLUGIN.INVALID` for what is no key at all.
 */
export function checkedKey(key: EncryptionKey, provider: string): EncryptionKey {
  const missing = whatIsMissing(key);
  if (missing !== undefined)
    throw new RekeyError("PLUGIN.INVALID", `The provider "${provider}" made a key ${missing}`);
  const { version, authenticates, writes } = key;
  const failed = (call: string, error: unknown) => {
    if (isRekeyError(error)) return error;
    const what = `provider ${provider}: ${call} of key ${version} failed: ${failureText(error).message}`;
    const hint = "Update the provider; report it to its author.";
    return new RekeyError("INTERNAL.INVARIANT", what, { hint, cause: error });
  };
  const sync = <Result>(call: string, attempt: () => Result): Result => {
    try {
      return attempt();
    } catch (error) {
      throw failed(call, error);
    }
  };
  const ask = async <Result>(
    call: "decrypt" | "encrypt",
    cells: readonly unknown[],
    signal: AbortSignal,
    attempt: () => Promise<readonly Result[]>,
  ): Promise<readonly Result[]> => {
    let results: readonly Result[];
    try {
      results = await attempt();
    } catch (error) {
      if (signal.aborted) throw error;
      throw failed(call, error);
    }
    checkCount(key, call, cells.length, results);
    return results;
  };
  return {
    version,
    authenticates,
    writes,
    decrypt: (batch, signal) => ask("decrypt", batch, signal, () => key.decrypt(batch, signal)),
    async encrypt(batch, signal) {
      const results = await ask("encrypt", batch, signal, () => key.encrypt(batch, signal));
      if (results.every((each) => each instanceof Uint8Array)) return results;
      throw broken(key, "encrypt", "returned what is not bytes");
    },
    ...(key.identify && {
      identify: (ciphertext) => sync("identify", () => key.identify!(ciphertext)),
    }),
    ...(key.usage && { usage: () => sync("usage", () => key.usage!()) }),
    [Symbol.asyncDispose]: () => key[Symbol.asyncDispose](),
  };
}

function whatIsMissing(key: EncryptionKey): string | undefined {
  for (const method of ["decrypt", "encrypt"] as const)
    if (typeof key[method] !== "function") return `without ${method}()`;
  if (typeof key.authenticates !== "boolean") return "that does not say whether it authenticates";
  return WRITES.includes(key.writes) ? undefined : `without writes: ${WRITES.join(", ")}`;
}
