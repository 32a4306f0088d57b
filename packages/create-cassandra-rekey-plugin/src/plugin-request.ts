import { RekeyError } from "@cassandra-rekey/core";

/** The kinds of plugins, as people write them. */
export const KINDS = ["provider", "state-store", "throttle", "hook"] as const;

/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** What is to be written. */
export interface PluginRequest {
  readonly kind: Kind;
  /** The name that configurations will use: `vault`. */
  readonly name: string;
  /** The npm package's name: `@acme/rekey-provider-vault`. */
  readonly packageName: string;
  /** Where to write it; must not exist, or be empty. */
  readonly folder: string;
}

/** What each kind is for, for people who choose. */
export const MEANINGS: Readonly<Record<Kind, string>> = {
  provider: "how cells are opened and sealed",
  "state-store": "where progress is kept",
  throttle: "what slows a run down",
  hook: "who is told, and who may say no",
};

/** The kind that a text means, or a number of the list. Throws `USAGE.INVALID`. */
export function kindFrom(text: string): Kind {
  const found = KINDS.find((kind, index) => text === kind || text === `${index + 1}`);
  if (found) return found;
  throw usage(`"${text}" is no kind of plugin`, `The kinds are ${KINDS.join(", ")}.`);
}

/** The name as configurations may spell it. Throws `USAGE.INVALID`. */
export function nameFrom(text: string): string {
  if (/^[a-z][a-z0-9_-]*$/.test(text)) return text;
  throw usage(
    `"${text}" cannot be a plugin's name`,
    "Lower case letters, digits, - and _, such as my-vault.",
  );
}

/** The npm package's name. Throws `USAGE.INVALID`. */
export function packageNameFrom(text: string): string {
  const part = "[a-z0-9][a-z0-9._-]*";
  if (new RegExp(`^(@${part}/)?${part}$`).test(text) && text.length <= 214) return text;
  throw usage(
    `"${text}" cannot be an npm package's name`,
    "Such as rekey-provider-vault or @acme/rekey-provider-vault.",
  );
}

/** The package name that is offered. */
export function defaultPackageName(kind: Kind, name: string): string {
  return `rekey-${kind}-${name}`;
}

/** The folder that is offered: the package's name without its scope. */
export function defaultFolder(packageName: string): string {
  return packageName.split("/").at(-1)!;
}

/** An error of the command line. */
export function usage(message: string, hint: string): RekeyError {
  return new RekeyError("USAGE.INVALID", message, { hint });
}
