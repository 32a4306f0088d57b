import { type EncryptionKey, RekeyError, type SealedCell } from "@cassandra-rekey/core";
import { keyLabel } from "./key-label.ts";
import type { Keyrings } from "./keyrings.ts";

const PROBE = Buffer.from("cassandra-rekey");
const CONTEXT = { keyspace: "probe", table: "probe", column: "probe", primaryKey: [] };

/** Whether a key opens what it seals. */
export async function opensOwn(key: EncryptionKey, signal: AbortSignal): Promise<boolean> {
  return opens(key, await probe(key, signal), signal);
}

/** Whether `key` opens what `sealer` seals, to the plaintext that it was: then they are the same key. */
export async function opensOther(
  key: EncryptionKey,
  sealer: EncryptionKey,
  signal: AbortSignal,
): Promise<boolean> {
  return opens(key, await probe(sealer, signal), signal);
}

/** {@link refuseSameKey} for each of these keyrings. */
export async function refuseSameKeys(
  keyrings: Keyrings,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  for (const name of names) {
    const { target, keys } = keyrings.of(name);
    const previous = keys.filter((key) => key !== target);
    await refuseSameKey(target, previous, signal, (version) => keyLabel(version, name));
  }
}

/**
 * Refuses a target that is one of the previous keys: a run would find every cell rekeyed already, and the key that
 * was to be retired would go on protecting them all. Throws `KEY.DUPLICATE`.
 */
export async function refuseSameKey(
  target: EncryptionKey,
  previous: readonly EncryptionKey[],
  signal: AbortSignal,
  label = (version: string) => version,
): Promise<void> {
  for (const key of previous) {
    if (!(await opensOther(key, target, signal))) continue;
    throw new RekeyError(
      "KEY.DUPLICATE",
      `target key ${label(target.version)} and previous key ${label(key.version)} are the same key`,
    );
  }
}

async function probe(key: EncryptionKey, signal: AbortSignal): Promise<SealedCell> {
  const [ciphertext] = await key.encrypt([{ plaintext: PROBE, form: "binary", context: CONTEXT }], signal);
  return { ciphertext: ciphertext!, form: "binary", context: CONTEXT };
}

async function opens(key: EncryptionKey, cell: SealedCell, signal: AbortSignal): Promise<boolean> {
  if (key.identify?.(cell.ciphertext) === "foreign") return false;
  const [opened] = await key.decrypt([cell], signal);
  return "plaintext" in opened! && PROBE.equals(opened.plaintext);
}
