// Rehearses a release on loopback: publishes every package to a registry of its own, installs from there on a host that has
// nothing else, and rotates a real table. `pnpm rehearse`; `--keep` leaves the folder for looking at it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { startCassandra } from "../packages/local-cassandra/dist/index.js";
import { startRegistry } from "../test/rehearsal/local-registry.ts";
import { type MadePlugin, publishMadePlugin } from "../test/rehearsal/minor-versions.ts";
import { rotateTwice } from "../test/rehearsal/rotations.ts";
import { Sandbox } from "../test/rehearsal/sandbox.ts";
import { tarballProblems } from "../test/rehearsal/tarballs.ts";
import { copyWorkspace, setVersion } from "../test/rehearsal/workspace-copy.ts";

const root = resolve(import.meta.dirname, "..");
const folder = await mkdtemp(join(tmpdir(), "rekey-rehearsal-"));
const started = performance.now();
let failed = false;

try {
  const npm = output("which", ["npm"]);
  const uplink = output("npm", ["config", "get", "registry"]);
  // Beside all that comes before the rotation.
  const starting = startCassandra();
  starting.catch(() => {});
  await using registry = await startRegistry(join(folder, "registry"), uplink);
  const sandbox = new Sandbox(folder, registry.url, {
    npm,
    cache: output("npm", ["config", "get", "cache"]),
  });
  const workspace = join(folder, "workspace");
  const packages = await step("copy the workspace, raise versions", async () =>
    copyWorkspace(root, workspace),
  );
  const published = packages.filter((found) => found.published);
  const core = published.find(({ name }) => name === "@cassandra-rekey/core")!;

  await step(`publish ${published.length} packages`, async () => publish("*"));
  await step("every tarball: files, shape, types", async () => {
    const problems: string[] = [];
    for (const found of published)
      problems.push(...(await tarballProblems(found, tarballOf(registry.storage, found.name))));
    assert.deepEqual(problems, []);
  });
  const next = nextMinor(core.version);
  await step(`publish core ${next}`, async () => {
    setVersion(core.folder, next);
    await publish(core.name);
  });
  const made = (plugin: MadePlugin) =>
    step(`npm create, build and publish a ${plugin.kind} against core ${plugin.core}`, () =>
      publishMadePlugin(sandbox, plugin),
    );
  // They wait for the network most of the time.
  await Promise.all([
    step("install the command line globally", async () => {
      await sandbox.run("npm", ["install", "--global", "--prefix", sandbox.prefix, "cassandra-rekey"]);
      const { stdout } = await sandbox.run("cassandra-rekey", ["--version"]);
      const { version } = published.find(({ name }) => name === "cassandra-rekey")!;
      assert.ok(stdout.startsWith(`cassandra-rekey/${version} `), stdout);
      return installedSize(sandbox.prefix);
    }),
    made({ kind: "provider", name: "one", core: `~${core.version}` }),
    made({ kind: "hook", name: "two", core: `~${next}` }),
  ]);
  await step("explain a plugin that was installed beside it", async () => {
    await sandbox.run("npm", ["install", "--global", "--prefix", sandbox.prefix, "@acme/rekey-one"]);
    const { error } = await sandbox.json(["extensions", "show", "one"], { expect: 2 });
    assert.match(error.hint, /plugins install @acme\/rekey-one@/);
  });
  await step("plugins install", async () => {
    const kms = published.map(({ name }) => name).filter((name) => /\/provider-.*-kms$/.test(name));
    const wanted = [...kms, "@acme/rekey-provider-vault", "@acme/rekey-one", "@acme/rekey-two"];
    await sandbox.run("cassandra-rekey", ["plugins", "install", ...wanted]);
    const { extensions } = await sandbox.json(["extensions"]);
    const installed = extensions.filter((found: { origin: string }) => found.origin === "plugins install");
    const names = installed.map((found: { name: string }) => found.name).sort();
    assert.deepEqual(
      names,
      [...kms.map((name) => name.replace(/.*\/provider-/, "")), "one", "two", "vault"].sort(),
    );
    // Imports them all.
    const schema = JSON.stringify(await sandbox.json(["config", "schema"]));
    for (const name of names) assert.ok(schema.includes(`"const":"${name}"`), `${name} is not in the schema`);
    const versions = sandbox.coreVersions();
    assert.deepEqual(versions, [core.version, next]);
    return `${names.join(", ")}; core ${versions.join(" and ")} side by side`;
  });
  await using cluster = await step("start Cassandra", () => starting);
  await step("rotate a table, twice", () => rotateTwice(sandbox, cluster));

  /** As the release does it, and pnpm resolves what means something in the workspace alone. */
  async function publish(filter: string): Promise<void> {
    const args = ["--recursive", "--filter", filter, "publish", "--no-git-checks", "--access", "public"];
    const env = {
      npm_config_registry: registry.url,
      PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
    };
    await sandbox.run(join(root, "node_modules/.bin/pnpm"), [...args, "--registry", registry.url], {
      cwd: workspace,
      env,
    });
  }
} catch (error) {
  failed = true;
  console.error(error instanceof Error ? error.message : error);
} finally {
  if (!process.argv.includes("--keep")) rmSync(folder, { recursive: true, force: true });
  else console.log(`kept: ${folder}`);
}
console.log(`${failed ? "FAILED" : "ok"}: rehearsed in ${seconds(started)}`);
process.exit(failed ? 1 : 0);

async function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const from = performance.now();
  try {
    const result = await work();
    console.log(
      `ok  ${seconds(from).padStart(6)}  ${name}${typeof result === "string" ? `: ${result}` : ""}`,
    );
    return result;
  } catch (error) {
    console.log(`FAILED  ${name}`);
    throw error;
  }
}

function nextMinor(version: string): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return `${major}.${minor + 1}.0`;
}

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}

function output(command: string, args: readonly string[]): string {
  return spawnSync(command, args, { encoding: "utf8", cwd: tmpdir() }).stdout.trim();
}

function tarballOf(storage: string, name: string): string {
  return join(storage, globSync(`${name}/*.tgz`, { cwd: storage })[0]!);
}

/** For docs/benchmarks.md. */
function installedSize(prefix: string): string {
  const files = globSync("lib/node_modules/**", { cwd: prefix, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  const packages = files.filter(({ parentPath, name }) => {
    if (name !== "package.json" || !/node_modules\/(@[^/]+\/)?[^/]+$/.test(parentPath)) return false;
    return (
      typeof (JSON.parse(readFileSync(join(parentPath, name), "utf8")) as { version?: unknown }).version ===
      "string"
    );
  });
  return `${packages.length} packages, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
