import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** A package of the copy. */
export interface CopiedPackage {
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Published by the rehearsal. */
  readonly published: boolean;
}

interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** An example that stands for what a third party publishes. */
const THIRD_PARTY = "examples/vault-transit-provider";
const PACKAGES = ["packages/*", "plugins/*", "examples/*"];

/**
 * Copies the workspace as it would be published: with what is built, and with the versions that the changesets ask for.
 * The workspace itself stays as it is.
 */
export function copyWorkspace(root: string, to: string): readonly CopiedPackage[] {
  mkdirSync(to, { recursive: true });
  const tracked = run("git", ["ls-files", "-co", "--exclude-standard", "-z"], root)
    .split("\0")
    .filter(Boolean);
  const built = globSync(
    PACKAGES.flatMap((at) => [`${at}/dist`, `${at}/oclif.manifest.json`]),
    { cwd: root },
  );
  for (const file of [...tracked, ...built]) {
    // A file that was removed and not yet committed is still listed.
    if (!existsSync(join(root, file))) continue;
    cpSync(join(root, file), join(to, file), { recursive: true, filter: (path) => isCurrent(root, path) });
  }
  symlinkSync(join(root, "node_modules"), join(to, "node_modules"));
  edit(join(to, THIRD_PARTY), (manifest) => {
    manifest.private = false;
  });
  run("changeset", ["version"], to);
  const folders = globSync(
    PACKAGES.map((at) => `${at}/package.json`),
    { cwd: to },
  ).map((file) => join(to, dirname(file)));
  for (const folder of folders) stampManifest(folder);
  const all = folders.map((folder) => ({ folder, manifest: read(folder) }));
  linkDependencies(all);
  return all.map(({ folder, manifest: { name, version, private: isPrivate } }) => ({
    folder,
    name,
    version,
    published: isPrivate !== true,
  }));
}

/** Whether a fresh build would make the file: what an older one left behind is not published from a fresh clone. */
function isCurrent(root: string, path: string): boolean {
  const [, folder, stem] = /^(.*)\/dist\/(.*?)(?:\.d\.ts|\.js)$/.exec(relative(root, path)) ?? [];
  return folder === undefined || existsSync(join(root, folder, "src", `${stem}.ts`));
}

/** Gives a package of the copy another version. */
export function setVersion(folder: string, version: string): void {
  edit(folder, (manifest) => {
    manifest.version = version;
  });
}

/** What the build does after a version was raised: oclif's manifest carries it. */
function stampManifest(folder: string): void {
  const file = join(folder, "oclif.manifest.json");
  if (globSync(file).length === 0) return;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  writeFileSync(file, JSON.stringify({ ...manifest, version: read(folder).version }));
}

/** pnpm reads the versions of `workspace:` dependencies where they are linked. */
function linkDependencies(all: readonly { readonly folder: string; readonly manifest: Manifest }[]): void {
  const folders = new Map(all.map(({ folder, manifest }) => [manifest.name, folder]));
  for (const { folder, manifest } of all) {
    for (const [name, range] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      if (!range.startsWith("workspace:")) continue;
      const link = join(folder, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(folders.get(name)!, link);
    }
  }
}

function read(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function edit(folder: string, change: (manifest: Manifest) => void): void {
  const manifest = read(folder);
  change(manifest);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
    timeout: 5 * 60_000,
  });
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${stderr || stdout}`);
}
