import {
  type EncryptionKey,
  isRekeyError,
  type KeyCheck,
  RekeyError,
  type StateStore,
} from "@cassandra-rekey/core";
import { keyLabel } from "./key-label.ts";
import type { Keyrings } from "./keyrings.ts";
import { opensProbe, PROBE, sealProbe } from "./same-key.ts";

/** Whose keys are compared with what is known of a job's. */
export interface OwnKeys {
  readonly keyrings: Keyrings;
  /** The keyrings that matter. */
  readonly names: readonly string[];
  readonly host: string;
}

/** What comes of a comparison, one line for each key. */
export interface Comparison {
  /** Keys that are not the job's. */
  readonly problems: readonly string[];
  /** Keys that could not be compared. */
  readonly notes: readonly string[];
  /** How many keys are the job's. */
  readonly same: number;
}

/** {@link OwnKeys}, and where jobs' keys are known. */
export interface KeyCheckParts extends OwnKeys {
  readonly store: Pick<StateStore, "keyChecks" | "keepKeyChecks">;
}

/** A key of this process as the job may know it. */
interface Named {
  readonly key: EncryptionKey;
  readonly keyring: string;
}

/**
 * Compares this process' keys with those that the job knows by the same keyrings and versions, and lets it know those
 * that it does not. Keys that only one side has are nobody's business. Costs one call for each key to its key service.
 * Throws `KEY.MISMATCH`; tells of keys that cannot be compared, one line each.
 */
export async function agreeOnKeys(
  { store, ...own }: KeyCheckParts,
  jobId: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { host } = own;
  const known = await store.keyChecks(jobId, signal);
  const notes = [...refuseOthers(await compareKeys(own, jobId, known, signal), host)];
  const offered: KeyCheck[] = [];
  for (const one of namedKeys(own).filter((each) => !checkOf(each, known))) {
    const sealed = await seal(one.key, signal);
    if (typeof sealed === "string") notes.push(notCompared(one, sealed));
    else offered.push({ ...nameOf(one), sealed: Buffer.from(sealed).toString("base64"), host });
  }
  if (offered.length === 0) return notes;
  const kept = await store.keepKeyChecks(jobId, offered, signal);
  // Another process may have been faster, with another key.
  const theirs = kept.filter(({ sealed }) => ![...known, ...offered].some((one) => one.sealed === sealed));
  return [...notes, ...refuseOthers(await compareKeys(own, jobId, theirs, signal), host)];
}

/** Compares keys with what a job knows of its own. */
export async function compareKeys(
  own: OwnKeys,
  jobId: string,
  known: readonly KeyCheck[],
  signal: AbortSignal,
): Promise<Comparison> {
  const notes: string[] = [];
  const problems: string[] = [];
  let same = 0;
  for (const one of namedKeys(own)) {
    const check = checkOf(one, known);
    if (!check) continue;
    const outcome = await opens(one.key, Buffer.from(check.sealed, "base64"), signal);
    const label = keyLabel(one.key.version, one.keyring);
    if (typeof outcome === "string") notes.push(notCompared(one, outcome));
    else if (outcome) same += 1;
    else
      problems.push(
        `key ${label} on ${own.host} is not the key ${label} that job ${jobId} has from ${check.host}`,
      );
  }
  return { problems, notes, same };
}

/** What the job `from` knows of its keys, the job `to` knows as well. */
export async function passOnKeyChecks(
  store: KeyCheckParts["store"],
  from: string,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const known = await store.keyChecks(from, signal);
  if (known.length > 0) await store.keepKeyChecks(to, known, signal);
}

function refuseOthers({ problems, notes }: Comparison, host: string): readonly string[] {
  const [first] = problems;
  if (first === undefined) return notes;
  if (problems.length === 1) throw new RekeyError("KEY.MISMATCH", first);
  throw new RekeyError("KEY.MISMATCH", `${problems.length} keys on ${host} are not the job's`, { problems });
}

/** Whether the key opens a check; the code of the error where its key service refuses to be asked. */
async function opens(key: EncryptionKey, sealed: Uint8Array, signal: AbortSignal): Promise<boolean | string> {
  // What does not encrypt has no material, and options by which it may refuse the probe.
  if (key.writes === "verbatim") return PROBE.equals(sealed);
  try {
    return await opensProbe(key, sealed, signal);
  } catch (error) {
    return refusal(error, signal);
  }
}

/** The probe sealed by a key; the code of the error for one that only opens: previous keys often have lost the right. */
async function seal(key: EncryptionKey, signal: AbortSignal): Promise<Uint8Array | string> {
  if (key.writes === "verbatim") return PROBE;
  try {
    const sealed = await sealProbe(key, signal);
    // Where it costs nothing: a key that is only there to open may seal to anything.
    if (key.usage || (await opensProbe(key, sealed, signal))) return sealed;
    return "KEY.CONTRACT";
  } catch (error) {
    return refusal(error, signal);
  }
}

function refusal(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (isRekeyError(error) && !error.retryable) return error.code;
  throw error;
}

function namedKeys({ keyrings, names }: OwnKeys): readonly Named[] {
  return names.flatMap((keyring) => keyrings.of(keyring).keys.map((key) => ({ key, keyring })));
}

function nameOf({ key, keyring }: Named): Pick<KeyCheck, "keyring" | "version"> {
  return { keyring, version: key.version };
}

function checkOf({ key, keyring }: Named, checks: readonly KeyCheck[]): KeyCheck | undefined {
  return checks.find((check) => check.keyring === keyring && check.version === key.version);
}

function notCompared({ key, keyring }: Named, code: string): string {
  return `whether other hosts have the same key ${keyLabel(key.version, keyring)} cannot be checked (${code})`;
}
