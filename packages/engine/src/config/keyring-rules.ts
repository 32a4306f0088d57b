import type { Findings } from "./findings.ts";
import type { KeyInput, KeysInput, ProviderInput } from "./keys-schema.ts";
import { describePath, type Problem } from "./problem.ts";
import type { Sections } from "./sections.ts";
import type { ConfigPath } from "./settings.ts";
import { didYouMean, nearest } from "./suggestion.ts";

/** The provider of cells that were never encrypted; it has no key, so it needs no version. */
export const PLAINTEXT = "plaintext";

/** Rules about `provider` and `keys`, of which a configuration has one, and about each of `keyrings`. */
export function keyringRules(sections: Sections): Findings {
  const { present, provider, keys } = sections;
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  if (present.has("provider") && present.has("keys")) {
    problems.push({ path: ["provider"], what: "contradicts keys; give one of the two" });
  } else if (!present.has("provider") && !present.has("keys")) {
    problems.push({
      path: [],
      what: "needs keys (or provider, its short form): which key cells are rewritten to",
    });
  }
  const named = [...(sections.keyrings ?? [])].map(
    ([name, keyring]) => keyring && keysRules(keyring, ["keyrings", name]),
  );
  const found = [
    provider ? providerRules(provider) : undefined,
    keys ? keysRules(keys, ["keys"]) : undefined,
    ...named,
  ];
  for (const findings of found) {
    problems.push(...(findings?.problems ?? []));
    warnings.push(...(findings?.warnings ?? []));
  }
  return { problems, warnings };
}

function providerRules(provider: ProviderInput): Findings {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const problem = (key: keyof ProviderInput, what: string) =>
    problems.push({ path: ["provider", key], what });
  const type = provider.type ?? "fernet";
  const keyFields = ["old_key_env", "old_key_file", "new_key_env", "new_key_file"] as const;
  const awsFields = ["old_cmk_arn", "new_cmk_arn", "aws_region"] as const;

  for (const age of ["old", "new"] as const) {
    const env = `${age}_key_env` as const;
    const file = `${age}_key_file` as const;
    if (provider[env] !== undefined && provider[file] !== undefined)
      problem(file, `contradicts ${env}; give one of the two`);
  }
  if (provider.old_key_version === provider.new_key_version) {
    problem("new_key_version", "is the same as old_key_version; the two keys need different labels");
  }
  for (const kind of ["key_env", "key_file"] as const) {
    if (provider[`old_${kind}`] !== undefined && provider[`old_${kind}`] === provider[`new_${kind}`]) {
      problem(`new_${kind}`, `is the same as old_${kind}; rotating a key to itself changes nothing`);
    }
  }
  if (provider.module !== undefined) return { problems, warnings };

  const unused = type === "fernet" ? awsFields : type === "aws_kms" ? keyFields : [];
  for (const field of unused) {
    if (provider[field] !== undefined) {
      warnings.push({ path: ["provider", field], what: `has no effect with type ${type}` });
    }
  }
  if (type === "fernet") {
    for (const age of ["old", "new"] as const) {
      const env = `${age}_key_env` as const;
      const file = `${age}_key_file` as const;
      if (provider[env] === undefined && provider[file] === undefined)
        problem(env, `is missing (or ${file})`);
    }
  } else if (type === "aws_kms") {
    for (const field of ["old_cmk_arn", "new_cmk_arn"] as const) {
      if (provider[field] === undefined) problem(field, "is missing");
    }
  } else {
    const guess = didYouMean(type, ["fernet", "aws_kms"]);
    problem("type", `must be fernet or aws_kms${guess}; other providers are configured under keys`);
  }
  return { problems, warnings };
}

function keysRules(keys: KeysInput, at: ConfigPath): Findings {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const seen = new Map<string, string>();
  const all: readonly (readonly [KeyInput, ConfigPath])[] = [
    [keys.target, [...at, "target"]],
    ...keys.previous.map((key, index) => [key, [...at, "previous", index]] as const),
  ];
  for (const [key, path] of all) {
    if (key.provider === undefined && key.module === undefined) {
      const near = misspelt("provider", key);
      problems.push({ path: [...path, "provider"], what: `is missing (or module)${near}` });
    }
    const version = versionOf(key);
    if (version === undefined) {
      problems.push({
        path: [...path, "version"],
        what: `is missing${misspelt("version", key)}; it is the key's label, such as v2`,
      });
      continue;
    }
    const first = seen.get(version);
    if (first === undefined) seen.set(version, describePath(path));
    else {
      problems.push({
        path: key.version === undefined ? path : [...path, "version"],
        what: `"${version}" is also the version of ${first}; each key needs its own`,
      });
    }
  }
  if (keys.target.provider === PLAINTEXT) {
    warnings.push({
      path: [...at, "target"],
      what: `is plaintext: the run will leave all cells ${at[0] === "keys" ? "" : "of this keyring "}unencrypted`,
    });
  }
  return { problems, warnings };
}

/** A key's version label; plaintext has one of its own. */
export function versionOf(key: KeyInput): string | undefined {
  return key.version ?? (key.provider === PLAINTEXT ? PLAINTEXT : undefined);
}

function misspelt(wanted: string, key: KeyInput): string {
  const others = Object.keys(key).filter((name) => !["provider", "module", "version"].includes(name));
  const found = nearest(wanted, others);
  return found === undefined ? "" : ` (is "${found}" meant to be it?)`;
}
