import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Sandbox } from "./sandbox.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** A plugin that an author makes with `npm create`, built against one minor version of core. */
export interface MadePlugin {
  readonly kind: "provider" | "hook";
  readonly name: string;
  readonly core: string;
}

/** Makes the plugin as its author would, and publishes it as `@acme/rekey-NAME`. */
export async function publishMadePlugin(sandbox: Sandbox, { kind, name, core }: MadePlugin): Promise<void> {
  const folder = join(sandbox.home, `rekey-${name}`);
  const flags = ["--kind", kind, "--name", name, "--package", `@acme/rekey-${name}`, "--yes"];
  // What npm create has once run is kept in the cache by name and version: a rehearsal must run today's.
  const env = { npm_config_cache: join(sandbox.home, "create-cache") };
  await sandbox.run("npm", ["create", "--yes", "cassandra-rekey-plugin", "--", ...flags, folder], { env });
  const file = join(folder, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies?: object;
  };
  manifest.dependencies["@cassandra-rekey/core"] = core;
  // The compiler and the test runner are tools, and large downloads: the workspace's compiler will do.
  delete manifest.devDependencies;
  writeFileSync(file, JSON.stringify(manifest));
  await sandbox.run("npm", ["install"], { cwd: folder });
  const types = join(ROOT, "node_modules/@types");
  await sandbox.run(join(ROOT, "node_modules/.bin/tsc"), ["--project", folder, "--typeRoots", types], {
    cwd: folder,
  });
  await sandbox.run("npm", ["publish", "--ignore-scripts", "--access", "public"], { cwd: folder });
}
