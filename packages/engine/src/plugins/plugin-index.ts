import { API_VERSION, RekeyError } from "@cassandra-rekey/core";
import { PART_KINDS, type PartKind, partLabel } from "./part-kind.ts";
import {
  type PackageProblem,
  type PluginPackage,
  type PluginRoot,
  readPluginPackage,
} from "./plugin-package.ts";

export type { PartKind } from "./part-kind.ts";

/** Which package has which part. Nothing was imported to make it. */
export interface PluginIndex {
  readonly packages: readonly PluginPackage[];
  /** What was passed over, one line each: a second version of a package, for example. */
  readonly notes: readonly string[];
  find(kind: PartKind, name: string): PluginPackage | undefined;
  /** Sorted. */
  names(kind: PartKind): readonly string[];
  /** Plugins that are installed where they are not looked for; read when asked for. */
  beside(): readonly PluginPackage[];
}

/**
 * Reads the package.json files of `roots` and imports nothing. Roots that are no plugins are passed over;
 * of two copies of a package the first root's is taken. `beside` are packages that are not used, only explained.
 *
 * Throws `PLUGIN.INVALID`, `PLUGIN.API_VERSION` or `PLUGIN.DUPLICATE`, with every problem of every package.
 */
export function buildPluginIndex(
  roots: readonly PluginRoot[],
  { beside = () => [] }: { readonly beside?: () => readonly PluginRoot[] } = {},
): PluginIndex {
  const packages = new Map<string, PluginPackage>();
  const notes: string[] = [];
  const problems: PackageProblem[] = [];
  for (const root of roots) {
    const found = readPluginPackage(root, notes);
    if (!found) continue;
    if ("problems" in found) {
      problems.push(...found.problems);
      continue;
    }
    const first = packages.get(found.name);
    if (!first) packages.set(found.name, found);
    else if (first.root !== found.root) {
      notes.push(
        `${found.name} ${found.version} (${found.root}, from ${found.origin}) is passed over for ${first.version} (${first.root}, from ${first.origin})`,
      );
    }
  }
  const usable = [...packages.values()];
  problems.push(...wrongVersions(usable), ...duplicates(usable));
  if (problems.length > 0) throw packageError(problems);
  return index(usable, notes, () => usableBeside(beside(), usable));
}

/** Plugins among `roots` whose package is not in use; broken ones are nobody's concern here. */
function usableBeside(
  roots: readonly PluginRoot[],
  inUse: readonly PluginPackage[],
): readonly PluginPackage[] {
  return roots.flatMap((root) => {
    const found = readPluginPackage(root, []);
    if (!found || "problems" in found || inUse.some(({ name }) => name === found.name)) return [];
    return [found];
  });
}

function index(
  packages: readonly PluginPackage[],
  notes: readonly string[],
  beside: PluginIndex["beside"],
): PluginIndex {
  return {
    packages,
    notes,
    beside,
    find: (kind, name) => packages.find((found) => found.parts[kind].includes(name)),
    names: (kind) => packages.flatMap((found) => found.parts[kind]).sort(),
  };
}

function wrongVersions(packages: readonly PluginPackage[]): PackageProblem[] {
  return packages
    .filter((found) => found.apiVersion !== API_VERSION)
    .map((found) => ({ code: "PLUGIN.API_VERSION", message: describeVersionGap(found, found.apiVersion) }));
}

/** Which side of a contract version gap is to be upgraded. */
export function describeVersionGap(found: PluginPackage, apiVersion: number): string {
  const who = `${found.name} ${found.version} speaks version ${apiVersion} of the plugin contract, and this cassandra-rekey speaks ${API_VERSION}`;
  return apiVersion > API_VERSION
    ? `${who}: upgrade cassandra-rekey, or install an older ${found.name}`
    : `${who}: upgrade ${found.name}`;
}

function duplicates(packages: readonly PluginPackage[]): PackageProblem[] {
  const owners = new Map<string, PluginPackage>();
  const problems: PackageProblem[] = [];
  for (const found of packages) {
    for (const kind of PART_KINDS) {
      for (const name of found.parts[kind]) {
        const id = `${kind}/${name}`;
        const owner = owners.get(id);
        if (!owner) owners.set(id, found);
        else {
          const [a, b] = [owner, found].map((one) => `${one.name} ${one.version} (from ${one.origin})`);
          const message = `The ${partLabel(kind)} "${name}" is provided by two packages: ${a} and ${b}`;
          problems.push({ code: "PLUGIN.DUPLICATE", message });
        }
      }
    }
  }
  return problems;
}

function packageError(problems: readonly PackageProblem[]): RekeyError {
  const [first] = problems;
  const message = problems.length === 1 ? first!.message : `${problems.length} problems with plugin packages`;
  return new RekeyError(first!.code, message, { problems: problems.map((problem) => problem.message) });
}
