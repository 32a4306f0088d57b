import { type Job, RekeyError } from "@cassandra-rekey/core";
import type { KeyringSettings } from "../config/settings.ts";

/** The keyring of a job: the configuration's, or, for a rollback, the same keys with another target. */
export function keysOf(job: Pick<Job, "id" | "tables">, keys: KeyringSettings): KeyringSettings {
  const version = job.tables[0]?.targetVersion;
  if (version === undefined || version === keys.target.version) return keys;
  const all = [keys.target, ...keys.previous];
  const target = all.find((key) => key.version === version);
  if (target) return { target, previous: all.filter((key) => key !== target) };
  throw new RekeyError(
    "CONFIG.TABLE_MISMATCH",
    `job ${job.id} rewrites cells to key ${version}, which the configuration does not name`,
    { hint: `Add the key ${version} under keys.previous, or as the target, and \`run\` again.` },
  );
}

/** The key version to which a job is rolled back. */
export function rollbackVersion(keys: KeyringSettings, wanted: string | undefined): string {
  const versions = keys.previous.map((key) => key.version);
  if (wanted !== undefined && versions.includes(wanted)) return wanted;
  if (wanted === undefined && versions.length === 1) return versions[0]!;
  throw new RekeyError(
    "USAGE.INVALID",
    wanted === undefined
      ? `the job has ${versions.length} previous keys: ${versions.join(", ")}`
      : `${wanted} is not one of the job's previous keys: ${versions.join(", ")}`,
    { hint: "Name the key version to go back to with --to." },
  );
}
