// Runs on any Node >= 20, before anything is installed: only node: modules here.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const task = process.argv[2] ?? "setup";
const taskArguments = process.argv.slice(3);
const bin = join(root, "node_modules", ".bin");
const pnpmVersion = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).packageManager.split("@")[1];

function fail(line) {
  console.error(`set-up: ${line}`);
  process.exit(1);
}

/** `step`: what it is that failed, for what does not say so in its last line. */
function run(command, args, env = process.env, step = undefined) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  if (result.error) fail(`cannot run ${command}: ${result.error.message}`);
  if (result.signal) process.exit(130);
  if (result.status !== 0 && step) fail(`${step} ended with ${result.status}; the lines above say why`);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function answers(command, args) {
  return spawnSync(command, args, { stdio: "ignore", timeout: 20_000 }).status === 0;
}

function javaMajor() {
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, "bin", "java") : "java";
  const result = spawnSync(java, ["-version"], { encoding: "utf8", timeout: 20_000 });
  const version = /version "(\d+)/.exec(`${result.stderr}${result.stdout}`);
  return version ? Number(version[1]) : 0;
}

// A docker client without an engine answers `docker --version` but not `docker info`.
function requireCassandra() {
  if (process.env.REKEY_TEST_CONTACT_POINTS) return;
  if (answers("docker", ["info"])) return;
  const java = javaMajor();
  const maven = answers("mvn", ["-v"]);
  if (java === 17 && maven) return;
  const missing = [];
  if (java !== 17) missing.push(java ? `Java 17 (found Java ${java})` : "Java 17");
  if (!maven) missing.push("Maven");
  fail(
    `a real Cassandra needs a running Docker engine, or Java 17 with Maven; missing: a Docker engine, ${missing.join(", ")}`,
  );
}

function install() {
  const [major] = process.versions.node.split(".");
  if (Number(major) < 20) fail(`Node 20 or newer is needed to start; this is ${process.version}`);
  if (!answers("git", ["--version"])) fail("git is needed");
  // npx brings the pinned pnpm without a global install.
  const args = ["--yes", `pnpm@${pnpmVersion}`, "install", "--frozen-lockfile", "--reporter=append-only"];
  run("npx", args, { ...process.env, CI: "true" }, "installing the packages");
}

function projectEnvironment() {
  if (!existsSync(join(bin, "node")))
    fail("the pinned Node did not install: node_modules/.bin/node is missing");
  return { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
}

const tasks = {
  setup: [],
  demo: ["examples/demo/src/demo.ts"],
  test: ["scripts/check.ts"],
};
if (!(task in tasks)) fail(`unknown task "${task}"; known: ${Object.keys(tasks).join(", ")}`);
if (task !== "setup") requireCassandra();
install();
const env = projectEnvironment();
run(join(bin, "turbo"), ["run", "build", "--output-logs=errors-only"], env, "building the packages");
for (const script of tasks[task]) run(join(bin, "node"), [script, ...taskArguments], env);
if (task === "setup") console.log("set-up: done. Next: npx cassandra-rekey --help");
