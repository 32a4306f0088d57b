import { type EncryptionKey, isRekeyError } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING } from "../config/settings.ts";
import { keyLabel } from "../keyring/key-label.ts";
import type { KeyringKeys } from "../keyring/keyrings.ts";
import { opensOther, opensOwn } from "../keyring/same-key.ts";
import type { Checks } from "./checks.ts";

/** The keys of a keyring by themselves: the target opens what it seals, and no two are the same key. */
export async function checkKeys(
  checks: Checks,
  { target, previous }: KeyringKeys,
  signal: AbortSignal,
  keyring = DEFAULT_KEYRING,
): Promise<void> {
  const label = (key: EncryptionKey) => keyLabel(key.version, keyring);
  if (await opensOwn(target, signal))
    checks.ok("keys.round-trip", `target key ${label(target)} opens what it seals`);
  else
    checks.fail(
      "keys.round-trip",
      `target key ${label(target)} does not open what it seals`,
      "Nothing may be written with it: check the key, and update its provider or tell its author.",
    );
  for (const key of previous) {
    if (await opensOther(key, target, signal))
      checks.fail(
        "keys.differ",
        `previous key ${label(key)} opens what target key ${label(target)} seals: they are the same key`,
        "Configure the new key as target and the old one as previous.",
      );
    else
      checks.ok("keys.differ", `previous key ${label(key)} is another key than target key ${label(target)}`);
  }
  for (const [index, key] of previous.entries()) {
    for (const other of previous.slice(index + 1)) {
      if (!(await opensOtherIfItSeals(other, key, signal))) continue;
      checks.warn(
        "keys.differ",
        `previous keys ${label(key)} and ${label(other)} are the same key`,
        `Leave one of them out: cells under it are counted as ${key.version} or ${other.version} by chance.`,
      );
    }
  }
}

/** A previous key need not be able to seal any more: a key service may have taken that right away. */
async function opensOtherIfItSeals(
  key: EncryptionKey,
  sealer: EncryptionKey,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await opensOther(key, sealer, signal);
  } catch (error) {
    if (isRekeyError(error)) return false;
    throw error;
  }
}
