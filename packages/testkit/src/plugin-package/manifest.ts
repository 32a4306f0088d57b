/** The kinds of parts, as package.json and `definePlugin` spell them. */
export const KINDS = ["providers", "stateStores", "throttles", "hooks"] as const;

/** What every plugin depends on. */
export const CORE = "@cassandra-rekey/core";

/** What is read of a plugin's package.json; nothing of it is known to be there. */
export interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly type?: unknown;
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly keywords?: unknown;
  readonly oclif?: unknown;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly optionalDependencies?: Readonly<Record<string, unknown>>;
  readonly peerDependencies?: Readonly<Record<string, unknown>>;
  readonly "cassandra-rekey"?: unknown;
}

/** What stands under `"cassandra-rekey"`, as far as it can be used. */
export interface Metadata {
  readonly apiVersion: unknown;
  /** `undefined` when there is no usable one. */
  readonly entry: string | undefined;
  readonly parts: ReadonlyMap<(typeof KINDS)[number], readonly string[]>;
}

/** The metadata of a manifest, with nothing in it where there is none. */
export function metadataOf(manifest: Manifest): Metadata {
  const given = manifest["cassandra-rekey"];
  const metadata = isObject(given) ? given : {};
  const { apiVersion, entry } = metadata;
  const inside = typeof entry === "string" && entry.startsWith("./") && !entry.split("/").includes("..");
  return {
    apiVersion,
    entry: inside ? entry : undefined,
    parts: new Map(KINDS.map((kind) => [kind, namesIn(metadata[kind])])),
  };
}

/** Whether a value is an object and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
}
