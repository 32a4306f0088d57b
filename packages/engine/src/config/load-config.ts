import { dirname } from "node:path";
import { type ReadBytes, readBytes, readConfigText } from "./config-file.ts";
import { configSchema } from "./config-schema.ts";
import { NO_FINDINGS } from "./findings.ts";
import { knownKeysOf } from "./known-keys.ts";
import { normalise } from "./normalise.ts";
import { configError, describeProblem, type Located } from "./problem.ts";
import { checkRules } from "./rules.ts";
import { explainIssues, valueAt } from "./schema-issues.ts";
import { readSections } from "./sections.ts";
import type { LoadedConfig } from "./settings.ts";
import { readYaml, type YamlSource } from "./yaml-source.ts";

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
  refuseSyntax(source, yaml);
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

/**
 * What `plugins.allow` of a configuration file says, whatever is wrong with the rest; `undefined` when it does not say
 * it, or there is no such file. Rejects with `CONFIG.UNREADABLE` when it is not YAML, because then nobody can tell.
 */
export async function allowedPluginsOf(
  path: string,
  { read = readBytes }: { readonly read?: ReadBytes } = {},
): Promise<readonly string[] | undefined> {
  const text = await readConfigText(path, read).catch((error: unknown) => {
    if ((error as { cause?: { code?: unknown } }).cause?.code === "ENOENT") return "";
    throw error;
  });
  const yaml = readYaml(text);
  refuseSyntax({ path, locate: yaml.locate }, yaml);
  const list = valueAt(yaml.value, ["plugins", "allow"]);
  if (list === undefined) return undefined;
  return Array.isArray(list) ? list.filter((entry) => typeof entry === "string") : [];
}

function refuseSyntax(source: Located, { syntax }: YamlSource): void {
  if (syntax.length === 0) return;
  const problems = syntax.map(({ place, what }) => ({ path: [], what, place }));
  throw configError(source, problems, "CONFIG.UNREADABLE");
}

/** Where relative file names start. What comes through a pipe has no folder: they start at the working directory. */
function directoryOf(path: string): string {
  return /^\/(dev|proc)\//.test(path) ? "." : dirname(path);
}
