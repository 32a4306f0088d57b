import { dirname } from "node:path";
import { type ReadBytes, readBytes, readConfigText } from "./config-file.ts";
import { configSchema } from "./config-schema.ts";
import { knownKeysOf } from "./known-keys.ts";
import { normalise } from "./normalise.ts";
import { configError, describeProblem } from "./problem.ts";
import { checkRules, NO_FINDINGS } from "./rules.ts";
import { explainIssues } from "./schema-issues.ts";
import { readSections } from "./sections.ts";
import type { LoadedConfig } from "./settings.ts";
import { readYaml } from "./yaml-source.ts";

/** Reads and checks a configuration file. Rejects with `CONFIG.UNREADABLE`, or `CONFIG.INVALID` with every problem. */
export async function loadConfig(
  path: string,
  { read = readBytes }: { readonly read?: ReadBytes } = {},
): Promise<LoadedConfig> {
  return parseConfig(await readConfigText(path, read), path);
}

/**
 * Checks a configuration's text; `path` is for messages and for relative file names.
 * Throws `CONFIG.UNREADABLE` when it is not YAML, and `CONFIG.INVALID` with every problem at once.
 */
export function parseConfig(text: string, path: string): LoadedConfig {
  const yaml = readYaml(text);
  const source = { path, locate: yaml.locate };
  if (yaml.syntax.length > 0) {
    const problems = yaml.syntax.map(({ place, what }) => ({ path: [], what, place }));
    throw configError(source, problems, "CONFIG.UNREADABLE");
  }
  // What was left out would be reported as missing.
  if (yaml.cut) throw configError(source, yaml.problems);
  const value = yaml.value ?? {};
  const parsed = configSchema.safeParse(value);
  const schemaProblems = parsed.success
    ? []
    : explainIssues(parsed.error.issues, value, (at) => knownKeysOf(configSchema, at));
  const { problems: ruleProblems, warnings } =
    typeof value === "object" && !Array.isArray(value) ? checkRules(readSections(value)) : NO_FINDINGS;
  const problems = [...yaml.problems, ...schemaProblems, ...ruleProblems];
  if (!parsed.success || problems.length > 0) throw configError(source, problems);

  const directory = directoryOf(path);
  return {
    path,
    directory,
    settings: normalise(parsed.data, directory),
    warnings: warnings.map((warning) => describeProblem(source, warning)),
    locate: yaml.locate,
  };
}

/** Where relative file names start. What comes through a pipe has no folder: they start at the working directory. */
function directoryOf(path: string): string {
  return /^\/(dev|proc)\//.test(path) ? "." : dirname(path);
}
