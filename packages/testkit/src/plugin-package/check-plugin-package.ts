import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { probeEntry } from "./entry-probe.ts";
import { entryProblems } from "./entry-problems.ts";
import { isObject, type Manifest, metadataOf } from "./manifest.ts";
import { manifestProblems } from "./manifest-problems.ts";
import { fileProblems, packedFiles } from "./packed-files.ts";

/**
 * What would keep a plugin package from being installed and used, one line each: its package.json, the files that
 * would be published, and its entry, which is imported in a process of its own. Build the package first.
 */
export async function pluginPackageProblems(folder: string): Promise<readonly string[]> {
  const manifest = readManifest(folder);
  if (typeof manifest === "string") return [manifest];
  const { entry } = metadataOf(manifest);
  const path = entry === undefined ? undefined : resolve(folder, entry);
  const there = path !== undefined && existsSync(path);
  const [files, report] = await Promise.all([packedFiles(folder), there ? probeEntry(path) : undefined]);
  return [
    ...manifestProblems(manifest),
    ...("problem" in files ? [files.problem] : fileProblems(files, there ? entry : undefined)),
    ...(path !== undefined && !there ? [`the entry ${entry} is not there: build the package first`] : []),
    ...(report ? entryProblems(manifest, report) : []),
  ];
}

/**
 * Fails, with every reason, unless the folder is a plugin package that can be published, installed by
 * `cassandra-rekey plugins install` and used. Runs under any test runner. `npm` must be on the PATH.
 *
 * @example
 * it("can be published", () => checkPluginPackage(import.meta.dirname + "/.."));
 */
export async function checkPluginPackage(folder: string): Promise<void> {
  const problems = await pluginPackageProblems(folder);
  if (problems.length === 0) return;
  assert.fail(
    `${folder} is no sound plugin package:\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
  );
}

function readManifest(folder: string): Manifest | string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return isObject(manifest) ? manifest : "package.json is not an object";
  } catch (error) {
    return error instanceof SyntaxError
      ? "package.json is not JSON"
      : "there is no package.json that can be read";
  }
}
