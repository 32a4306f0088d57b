/** The kinds of parts that a plugin may have, as package.json and `definePlugin` spell them. */
export const PART_KINDS = ["providers", "stateStores", "throttles", "hooks"] as const;

/** One of {@link PART_KINDS}. */
export type PartKind = (typeof PART_KINDS)[number];

const LABELS: Readonly<Record<PartKind, string>> = {
  providers: "provider",
  stateStores: "state store",
  throttles: "throttle",
  hooks: "hook",
};

/** The kind in words, for one part: `state store`. */
export function partLabel(kind: PartKind): string {
  return LABELS[kind];
}
