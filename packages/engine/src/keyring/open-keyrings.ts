import { type EncryptionKey, isRekeyError, type RekeyError } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING, type KeyringSettings, type Settings } from "../config/settings.ts";
import { oneError, type PluginParts } from "../plugin-parts.ts";
import { madeUntil } from "../plugins/made-until.ts";
import { PATIENT, type RetryTools, withRetry } from "../retry.ts";
import { allKeyrings } from "./column-keyring.ts";
import type { KeyCalls } from "./key-calls.ts";
import type { KeyringKeys } from "./keyrings.ts";

/** The opened keys of a configuration. */
export interface OpenedKeyrings {
  readonly main: KeyringKeys;
  readonly named: ReadonlyMap<string, KeyringKeys>;
}

/** How keys are opened. */
export interface OpeningTools {
  /** Ends the opening, also of a key whose provider hears of no signal. */
  readonly signal: AbortSignal;
  readonly calls?: KeyCalls;
  /** For who cannot do without: key services that are throttled or down are tried again, for about a minute each. */
  readonly patience?: RetryTools;
}

/**
 * Opens the keys of every keyring: the target, then the previous ones. All are tried, so that every missing secret is
 * told of at once. What is opened hangs on `opened`, also after an error.
 */
export async function openKeyrings(
  settings: Pick<Settings, "keys" | "keyrings">,
  parts: PluginParts,
  opened: AsyncDisposableStack,
  { signal, calls, patience }: OpeningTools,
): Promise<OpenedKeyrings> {
  const errors: RekeyError[] = [];
  const open = async (name: string, { target, previous }: KeyringSettings): Promise<KeyringKeys> => {
    const keys: EncryptionKey[] = [];
    for (const settings of [target, ...previous]) {
      try {
        const use = settings === target ? "target" : "previous";
        const make = () =>
          madeUntil(parts.key(settings, use, calls?.of(settings.version, name)), signal, (late) =>
            parts.closer("providers", settings, late),
          );
        const key = await (patience ? withRetry(patience, PATIENT, signal, make) : make());
        opened.use(parts.closer("providers", settings, key));
        keys.push(key);
      } catch (error) {
        if (!isRekeyError(error) || !error.code.startsWith("CONFIG.")) throw error;
        errors.push(error);
      }
    }
    // With a key missing, the error below is thrown before anyone looks.
    return { target: keys[0]!, previous: keys.slice(1) };
  };
  const all = new Map<string, KeyringKeys>();
  for (const [name, keyring] of allKeyrings(settings)) all.set(name, await open(name, keyring));
  const together = oneError(errors, "the keyring has");
  if (together) throw together;
  const main = all.get(DEFAULT_KEYRING)!;
  all.delete(DEFAULT_KEYRING);
  return { main, named: all };
}
