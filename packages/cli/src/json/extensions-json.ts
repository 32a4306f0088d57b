import type { Extension, ExtensionDescription, PartKind } from "@cassandra-rekey/engine";
import type { ExtensionList } from "../engine-access.ts";

/** The kinds of extensions as the command line spells them. */
export const KIND_WORDS = ["provider", "state-store", "throttle", "hook"] as const;

const KINDS: Readonly<Record<(typeof KIND_WORDS)[number], PartKind>> = {
  provider: "providers",
  "state-store": "stateStores",
  throttle: "throttles",
  hook: "hooks",
};

/** The kind that a word of {@link KIND_WORDS} means. */
export function kindOf(word: (typeof KIND_WORDS)[number]): PartKind {
  return KINDS[word];
}

/** The word for a kind. */
export function kindWord(kind: PartKind): string {
  return KIND_WORDS.find((word) => KINDS[word] === kind) ?? kind;
}

/** What `extensions` prints with `--json`. */
export function extensionsToJson({ extensions, notes }: ExtensionList): object {
  return { extensions: extensions.map(facts), notes };
}

/** What `extensions show` prints with `--json`. */
export function extensionToJson(shown: ExtensionDescription): object {
  return { ...facts(shown), options: shown.options, example: shown.example };
}

function facts({ kind, name, package: owner, version, origin, allowed }: Extension): object {
  return { kind: kindWord(kind), name, package: owner, version, origin, allowed };
}
