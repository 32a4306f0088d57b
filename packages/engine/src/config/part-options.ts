import { type OptionsSchema, RekeyError, type SecretRef } from "@cassandra-rekey/core";
import { partFailure } from "../plugins/part-failure.ts";
import { describeProblem } from "./problem.ts";
import { explainIssues } from "./schema-issues.ts";
import type { ConfigPath, LoadedConfig, PartSettings } from "./settings.ts";

/** What a part's schema made of its options. */
export type CheckedOptions =
  | { readonly ok: true; readonly options: unknown }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Validates a part's options by its own schema; problems come as lines with path and place, like those of the configuration.
 * Rejects with `PLUGIN.INVALID`, in which the part is called `who`, where the schema throws or says neither yes nor no.
 */
export async function checkOptions(
  part: { readonly options: OptionsSchema },
  who: string,
  settings: PartSettings,
  config: Pick<LoadedConfig, "path" | "locate">,
): Promise<CheckedOptions> {
  const wrong = (what: string, cause?: unknown) =>
    new RekeyError("PLUGIN.INVALID", `${who} has an options schema that ${what}`, { cause });
  let result: Awaited<ReturnType<OptionsSchema["~standard"]["validate"]>>;
  try {
    result = await part.options["~standard"].validate({ ...settings.defaults, ...settings.options });
  } catch (error) {
    throw partFailure(error, (failure, cause) => wrong(`fails instead of telling issues: ${failure}`, cause));
  }
  if (typeof result !== "object" || result === null) throw wrong("gives no result");
  if (!result.issues) return { ok: true, options: result.value };
  const known = topLevelKeys(part.options);
  const found = explainIssues(result.issues, settings.options, (path) => (path.length === 0 ? known : []));
  const problems = found.map((problem) =>
    describeProblem(config, { ...problem, path: placeInFile(settings, problem.path) }),
  );
  return { ok: false, problems };
}

/** Where a part's options refer to a secret. */
export function secretPlace(settings: PartSettings, ref: SecretRef): ConfigPath {
  return placeInFile(settings, referenceIn(settings.options, ref) ?? []);
}

function referenceIn(options: unknown, ref: SecretRef): ConfigPath | undefined {
  if (typeof options !== "object" || options === null) return undefined;
  const [kind, name] = Object.entries(ref)[0]!;
  for (const [key, value] of Object.entries(options)) {
    if (key === kind && value === name) return [key];
    const below = referenceIn(value, ref);
    if (below) return [Array.isArray(options) ? Number(key) : key, ...below];
  }
  return undefined;
}

function placeInFile(settings: PartSettings, path: ConfigPath): ConfigPath {
  const [option] = path;
  // What a shorthand spells elsewhere is a single value there.
  const written = option === undefined ? undefined : settings.written?.[option];
  return written ?? [...settings.at, ...path];
}

function topLevelKeys(schema: OptionsSchema): readonly string[] {
  try {
    const described = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
    const properties = described.properties;
    return typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  } catch {
    // A schema that cannot describe itself still validates; there are only no suggestions.
    return [];
  }
}
