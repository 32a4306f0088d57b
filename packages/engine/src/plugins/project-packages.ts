import { existsSync, readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join, resolve } from "node:path";
import { RekeyError } from "@cassandra-rekey/core";
import { reasonOf } from "../config/config-file.ts";
import type { PluginRoot } from "./plugin-package.ts";

/**
 * The packages that a project depends on (and the project itself, which may be a plugin in the making), located and
 * not imported. What is not installed is left out: the error for a missing part says which package to install.
 */
export function packagesOf(projectPackageJson: string): readonly PluginRoot[] {
  const path = resolve(projectPackageJson);
  const manifest = readManifest(path);
  const names = new Set<string>();
  for (const field of ["dependencies", "devDependencies", "optionalDependencies"]) {
    const listed = manifest[field];
    if (typeof listed === "object" && listed !== null)
      for (const name of Object.keys(listed)) names.add(name);
  }
  const roots: PluginRoot[] = [{ packageJson: path, origin: path }];
  for (const name of names) {
    const packageJson = locate(name, path);
    if (packageJson !== undefined) roots.push({ packageJson, origin: path });
  }
  return roots;
}

/** The package.json of the project that a configuration file belongs to: the nearest one above it. */
export function projectOf(configPath: string): string | undefined {
  let folder = dirname(resolve(configPath));
  for (;;) {
    const candidate = join(folder, "package.json");
    if (existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}

function readManifest(path: string): Record<string, unknown> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? "is not JSON" : reasonOf(cause);
    throw new RekeyError("PLUGIN.INVALID", `${path} ${reason}, so its plugins cannot be found`, {
      hint: "Mend the project's package.json.",
      cause,
    });
  }
  return typeof manifest === "object" && manifest !== null ? (manifest as Record<string, unknown>) : {};
}

function locate(name: string, base: string): string | undefined {
  try {
    return findPackageJSON(name, base);
  } catch {
    // Listed and not installed, or no name of a package at all.
    return undefined;
  }
}
