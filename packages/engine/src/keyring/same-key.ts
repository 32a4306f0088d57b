import { type EncryptionKey, RekeyError } from "@cassandra-rekey/core";
import { keyLabel } from "./key-label.ts";
import type { Keyrings } from "./keyrings.ts";

/** What keys are compared by: a plaintext that everybody may know. */
export const PROBE = Buffer.from("cassandra-rekey");

const CONTEXT = { keyspace: "probe", table: "probe", column: "probe", primaryKey: [] };

/** Whether a key opens what it seals. */
export async function opensOwn(key: EncryptionKey, signal: AbortSignal): Promise<boolean> {
  return opensProbe(key, await sealProbe(key, signal), signal);
}

/** Whether `key` opens what `sealer` seals, to the plaintext that it was: then they are the same key. */
export async function opensOther(
  key: EncryptionKey,
  sealer: EncryptionKey,
  signal: AbortSignal,
): Promise<boolean> {
  return opensProbe(key, await sealProbe(sealer, signal), signal);
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

/** {@link PROBE} as a cell under the key. */
export async function sealProbe(key: EncryptionKey, signal: AbortSignal): Promise<Uint8Array> {
  const [ciphertext] = await key.encrypt([{ plaintext: PROBE, form: "binary", context: CONTEXT }], signal);
  return ciphertext!;
}

/** Whether the key opens what {@link sealProbe} made, to the plaintext that it was. */
export async function opensProbe(
  key: EncryptionKey,
  ciphertext: Uint8Array,
  signal: AbortSignal,
): Promise<boolean> {
  if (key.identify?.(ciphertext) === "foreign") return false;
  const cell = { ciphertext, form: "binary", context: CONTEXT } as const;
  const [opened] = await key.decrypt([cell], signal);
  return "plaintext" in opened! && PROBE.equals(opened.plaintext);
}
