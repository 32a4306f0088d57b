import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PluginRoot } from "@cassandra-rekey/engine";

/** A package that oclif knows of: a part of this program, or one that `plugins install` brought. */
interface OclifPackage {
  readonly name: string;
  readonly root: string;
  /** `core`, `user`, `link`, `dev`. */
  readonly type: string;
}

/** Where to look for plugins. */
export interface PluginSources {
  /** The package.json of the program that runs: this package's, or that of a team's bundle. */
  readonly program: string;
  readonly installed: Iterable<OclifPackage>;
  /** The package.json of the configuration file's project, if it has one. */
  readonly project: string | undefined;
  /** The packages that a package.json leads to. */
  readonly packagesOf: (packageJson: string) => readonly PluginRoot[];
}

const ORIGINS: Readonly<Record<string, string>> = { user: "plugins install", link: "plugins link" };
/** How this program's own dependencies are named as an origin. */
const OWN_NAME = "cassandra-rekey";
const OWN_PACKAGE_JSON = fileURLToPath(new URL("../package.json", import.meta.url));

/**
 * The packages that may be plugins: what this package and the program depend on, what was installed by
 * `plugins install`, and what the configuration file's project depends on. Of two copies of a package the first
 * of this order is used.
 */
export function pluginRoots(sources: PluginSources): readonly PluginRoot[] {
  const { packagesOf } = sources;
  const programs = [...new Set([OWN_PACKAGE_JSON, sources.program])];
  return [
    ...programs.flatMap((packageJson) => packagesOf(packageJson)).map(byName),
    ...Array.from(sources.installed, (found) => ({
      packageJson: join(found.root, "package.json"),
      origin: ORIGINS[found.type] ?? found.name,
    })),
    ...(sources.project === undefined ? [] : packagesOf(sources.project)),
  ];
}

function byName(root: PluginRoot): PluginRoot {
  return root.origin === OWN_PACKAGE_JSON ? { ...root, origin: OWN_NAME } : root;
}
