import { type Clock, type EncryptionKey, type Logger, RekeyError, untilAborted } from "@cassandra-rekey/core";
import { askPart, partFailure, type Words } from "../plugins/part-failure.ts";
import { checkCount, checkOpened, checkSealed, checkVerdict } from "./contract.ts";
import { Patience } from "./patience.ts";

const WRITES: readonly unknown[] = ["ascii", "binary", "verbatim"] satisfies EncryptionKey["writes"][];

/** After so long without an answer the log says who is waited for, milliseconds: a provider has deadlines of its own. */
const PATIENCE_MS = 60_000;

/**
 * A provider's key as the engine asks it: what it throws names the key and its provider, and nobody who is told to stop at
 * once waits for it. Its results are one for each cell, of the right kind, and in memory apart from what it was given:
 * nobody looks again. Throws `PLUGIN.INVALID` for what is no key at all.
 */
export function checkedKey(
  key: EncryptionKey,
  provider: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): EncryptionKey {
  const missing = whatIsMissing(key);
  if (missing !== undefined)
    throw new RekeyError("PLUGIN.INVALID", `The provider "${provider}" made a key ${missing}`);
  const { version, authenticates, writes } = key;
  const words =
    (call: string): Words =>
    (failure, cause) => {
      const what = `provider ${provider}: ${call} of key ${version} failed: ${failure}`;
      const hint = "Update the provider; report it to its author.";
      return new RekeyError("INTERNAL.INVARIANT", what, { hint, cause });
    };
  const patience = new Patience(PATIENCE_MS, clock);
  const ask = async <Cell, Result>(
    call: "decrypt" | "encrypt",
    cells: readonly Cell[],
    signal: AbortSignal,
    attempt: () => Promise<readonly Result[]>,
    check: (cell: Cell, result: Result | undefined) => Result,
  ): Promise<readonly Result[]> => {
    const answered = patience.begin(() =>
      logger.warn(
        { waitedMs: PATIENCE_MS },
        `provider ${provider}: ${call} of key ${version} gives no answer`,
      ),
    );
    const running = (async () => attempt())();
    let results: readonly Result[];
    try {
      results = await untilAborted(running, signal);
    } catch (error) {
      if (!signal.aborted) throw partFailure(error, words(call));
      running.then(wipe, () => {});
      throw error;
    } finally {
      answered();
    }
    checkCount(key, call, cells.length, results);
    const checked: Result[] = [];
    try {
      for (let index = 0; index < cells.length; index += 1)
        checked.push(check(cells[index]!, results[index]));
    } catch (error) {
      // Not the others: they may be the very values that were read, which another attempt looks at.
      wipe(checked);
      throw error;
    }
    return checked;
  };
  // Asked for each cell.
  const inIdentify = words("identify");
  return {
    version,
    authenticates,
    writes,
    decrypt: (batch, signal) =>
      ask(
        "decrypt",
        batch,
        signal,
        () => key.decrypt(batch, signal),
        (cell, result) => checkOpened(key, cell, result),
      ),
    encrypt: (batch, signal) =>
      ask(
        "encrypt",
        batch,
        signal,
        () => key.encrypt(batch, signal),
        (cell, result) => checkSealed(key, cell, result),
      ),
    ...(key.identify && {
      identify: (ciphertext) =>
        checkVerdict(
          key,
          askPart(() => key.identify!(ciphertext), inIdentify),
        ),
    }),
    ...(key.usage && { usage: () => askPart(() => key.usage!(), words("usage")) }),
    [Symbol.asyncDispose]: () => key[Symbol.asyncDispose](),
  };
}

/** Plaintexts that nobody takes any more. */
function wipe(results: readonly unknown[]): void {
  if (!Array.isArray(results)) return;
  for (const { plaintext } of results.map((each) => (each ?? {}) as { plaintext?: unknown }))
    if (plaintext instanceof Uint8Array) plaintext.fill(0);
}

function whatIsMissing(key: EncryptionKey): string | undefined {
  for (const method of ["decrypt", "encrypt"] as const)
    if (typeof key[method] !== "function") return `without ${method}()`;
  if (typeof key.authenticates !== "boolean") return "that does not say whether it authenticates";
  return WRITES.includes(key.writes) ? undefined : `without writes: ${WRITES.join(", ")}`;
}
