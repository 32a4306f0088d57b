import { readFileSync } from "node:fs";
import { isRekeyError } from "@cassandra-rekey/core";
import { parseConfig } from "../../src/config/load-config.ts";
import type { LoadedConfig } from "../../src/config/settings.ts";

/** The Python tool's sample configuration, as its documentation has it. */
export const REFERENCE = readFileSync(new URL("reference-config.yaml", import.meta.url), "utf8");

/** The smallest configuration there is. */
export const SMALLEST = `cluster:
  contact_points: [node-1]
  keyspace: app
provider: { old_key_env: OLD, new_key_env: NEW }
tables:
  - name: users
    encrypted_columns: [ssn]
`;

/** Reads a configuration that is to be good. */
export function load(text: string): LoadedConfig {
  return parseConfig(text, "/etc/rekey/config.yaml");
}

/** How a configuration that is to be bad is refused. */
export function refusal(text: string): { readonly code: string; readonly problems: readonly string[] } {
  try {
    parseConfig(text, "c.yaml");
  } catch (error) {
    if (isRekeyError(error)) return { code: error.code, problems: error.problems };
    throw error;
  }
  return { code: "none", problems: [] };
}

/** The problems of a configuration, without the file's name. */
export function problemsOf(text: string): readonly string[] {
  return refusal(text).problems.map((problem) => problem.replace(/^c\.yaml:/, ""));
}
