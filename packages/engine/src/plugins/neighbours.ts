import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { PluginRoot } from "./plugin-package.ts";
import { METADATA_KEY } from "./plugin-package.ts";

/**
 * Packages that mention a plugin's metadata and lie in the same `node_modules` as a file, such as what
 * `npm install --global` put beside this program. They are found in order to be explained, not to be used: which
 * packages lie there depends on who else installed what.
 */
export function packagesBeside(path: string): readonly PluginRoot[] {
  const folder = nearestNodeModules(path);
  if (folder === undefined) return [];
  return foldersIn(folder)
    .flatMap((name) =>
      name.startsWith("@") ? foldersIn(join(folder, name)).map((it) => join(name, it)) : [name],
    )
    .map((name) => ({ packageJson: join(folder, name, "package.json"), origin: folder }))
    .filter(({ packageJson }) => mentionsMetadata(packageJson));
}

function nearestNodeModules(path: string): string | undefined {
  for (let folder = path; dirname(folder) !== folder; folder = dirname(folder)) {
    if (basename(folder) === "node_modules") return folder;
  }
  return undefined;
}

function foldersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch {
    // Files beside packages, and folders that may not be read: nothing to explain.
    return [];
  }
}

function mentionsMetadata(packageJson: string): boolean {
  try {
    return readFileSync(packageJson, "utf8").includes(`"${METADATA_KEY}":`);
  } catch {
    return false;
  }
}
