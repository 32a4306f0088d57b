/** The kinds of parts that a plugin may have, as package.json spells them. */
export type PartKind = "providers" | "stateStores" | "throttles" | "hooks";

/** One plugin package as its package.json describes it. */
export interface PluginPackage {
  readonly name: string;
  readonly version: string;
  /** The package's folder. */
  readonly root: string;
  /** The entry module, an absolute path inside `root`. */
  readonly entry: string;
  readonly apiVersion: number;
  /** Who led to this package: `cassandra-rekey`, `/app/package.json`, `plugins install`. */
  readonly origin: string;
  readonly parts: Readonly<Record<PartKind, readonly string[]>>;
}

/** Which package has which part. Nothing was imported to make it. */
export interface PluginIndex {
  readonly packages: readonly PluginPackage[];
  /** What was passed over, one line each: a second version of a package, for example. */
  readonly notes: readonly string[];
  find(kind: PartKind, name: string): PluginPackage | undefined;
  names(kind: PartKind): readonly string[];
}
