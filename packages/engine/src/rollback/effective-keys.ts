import { type Job, type JobTable, RekeyError } from "@cassandra-rekey/core";
import { DEFAULT_KEYRING, type KeyringSettings, type Settings } from "../config/settings.ts";
import { allKeyrings, keyringsOf } from "../keyring/column-keyring.ts";
import { keyLabel } from "../keyring/key-label.ts";

type Keys = Pick<Settings, "keys" | "keyrings">;

/** The key versions that a job goes to, as it records them where they are not the configuration's targets. */
export type JobTargets = Pick<JobTable, "targetVersion" | "keyringTargets" | "plannedFor">;

/** The targets of a new job that goes where the configuration says: kept, so that it goes nowhere else later. */
export function plannedTargets(settings: Keys & Pick<Settings, "tables">): JobTargets {
  const all = allKeyrings(settings);
  const names = keyringsOf(settings.tables);
  return { plannedFor: Object.fromEntries(names.map((name) => [name, all.get(name)!.target.version])) };
}

/** What a job records of its targets. */
export function targetsOf(job: Pick<Job, "tables">): JobTargets {
  const { targetVersion, keyringTargets } = job.tables[0] ?? {};
  return {
    ...(targetVersion !== undefined && { targetVersion }),
    ...(keyringTargets && { keyringTargets }),
  };
}

/** The keyrings of a job: the configuration's, or, for a rollback, the same keys with other targets. */
export function keysOf(job: Pick<Job, "id" | "tables">, { keys, keyrings }: Keys): Keys {
  refuseOtherTargets(job, { keys, ...(keyrings && { keyrings }) });
  const { targetVersion, keyringTargets = {} } = targetsOf(job);
  const missing = Object.keys(keyringTargets).find((name) => !keyrings?.has(name));
  if (missing !== undefined)
    throw new RekeyError(
      "CONFIG.TABLE_MISMATCH",
      `job ${job.id} rewrites cells under the keyring ${missing}, which the configuration does not have`,
      { hint: "Use the configuration that the job was planned with." },
    );
  const named = [...(keyrings ?? [])].map(([name, own]): [string, KeyringSettings] => {
    return [name, withTarget(job.id, own, keyringTargets[name], name)];
  });
  return {
    keys: withTarget(job.id, keys, targetVersion, DEFAULT_KEYRING),
    ...(keyrings && { keyrings: new Map(named) }),
  };
}

/** Two processes with two targets, or a target that changed half way, would leave the cells of one job under two keys. */
function refuseOtherTargets(job: Pick<Job, "id" | "tables">, keys: Keys): void {
  const all = allKeyrings(keys);
  for (const [name, version] of Object.entries(job.tables[0]?.plannedFor ?? {})) {
    const now = all.get(name)?.target.version;
    if (now === version) continue;
    const target = now === undefined ? "does not have that keyring" : `has the target ${keyLabel(now, name)}`;
    throw new RekeyError(
      "CONFIG.TABLE_MISMATCH",
      `job ${job.id} was planned to rewrite cells to key ${keyLabel(version, name)}; the configuration ${target}`,
      { hint: "Use the configuration that the job was planned with, or plan a new job." },
    );
  }
}

function withTarget(
  jobId: string,
  keys: KeyringSettings,
  version: string | undefined,
  name: string,
): KeyringSettings {
  if (version === undefined || version === keys.target.version) return keys;
  const all = [keys.target, ...keys.previous];
  const target = all.find((key) => key.version === version);
  if (target) return { target, previous: all.filter((key) => key !== target) };
  const place = name === DEFAULT_KEYRING ? "keys" : `keyrings.${name}`;
  throw new RekeyError(
    "CONFIG.TABLE_MISMATCH",
    `job ${jobId} rewrites cells to key ${keyLabel(version, name)}, which the configuration does not name`,
    { hint: `Add the key ${version} under ${place}.previous, or as the target, and \`run\` again.` },
  );
}

/**
 * The key versions to which the keyrings of these names are rolled back. `wanted` has versions, or `keyring=version`;
 * a keyring with one previous key needs none. Throws `USAGE.INVALID` with what there is to choose from.
 */
export function rollbackTargets(keys: Keys, names: readonly string[], wanted: readonly string[]): JobTargets {
  const all = allKeyrings(keys);
  const chosen = new Map<string, string>();
  const used = new Set<string>();
  for (const name of names) {
    const versions = all.get(name)!.previous.map((key) => key.version);
    const asked = wanted.filter((one) =>
      versions.some((version) => one === version || one === `${name}=${version}`),
    );
    const [only = asked.length === 0 && versions.length === 1 ? versions[0] : undefined, ...more] = asked;
    for (const one of asked) used.add(one);
    if (only === undefined || more.length > 0)
      throw choose(
        `${of(name)} has ${versions.length} previous keys: ${versions.join(", ")}`,
        name === DEFAULT_KEYRING ? "--to" : `--to ${name}=…`,
      );
    chosen.set(name, only.startsWith(`${name}=`) ? only.slice(name.length + 1) : only);
  }
  const strange = wanted.find((one) => !used.has(one));
  if (strange !== undefined) {
    const versions = names.flatMap((name) =>
      all.get(name)!.previous.map((key) => keyLabel(key.version, name)),
    );
    throw choose(`${strange} is not one of the job's previous keys: ${versions.join(", ")}`, "--to");
  }
  const targetVersion = chosen.get(DEFAULT_KEYRING);
  chosen.delete(DEFAULT_KEYRING);
  return {
    ...(targetVersion !== undefined && { targetVersion }),
    ...(chosen.size > 0 && { keyringTargets: Object.fromEntries(chosen) }),
  };
}

function of(name: string): string {
  return name === DEFAULT_KEYRING ? "the job" : `the keyring ${name}`;
}

function choose(what: string, how: string): RekeyError {
  return new RekeyError("USAGE.INVALID", what, { hint: `Name the key version to go back to with ${how}.` });
}
