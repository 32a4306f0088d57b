// Runs the tests that talk to a cluster on each version of Cassandra, one after the other.
// `pnpm test:compat 4.0 5.0.6`; what follows names files, as vitest takes them: `pnpm test:compat 4.0 e2e/kept`.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../documentation.ts";
import { javaEleven } from "./java-eleven.ts";
import { TEST_LIST, type TestList } from "./test-list-reporter.ts";
import { testedVersions } from "./tested-versions.ts";
import { type VersionOutcome, versionOutcome } from "./version-outcome.ts";

const PROJECTS = ["cassandra", "state-cassandra", "throttle-cluster-load", "e2e", "nightly"];
/** A machine that does something else as well must not fail a night's run. */
const PATIENT = ["--testTimeout=600000", "--hookTimeout=600000"];
/** Each version takes about a quarter of that on two cores. */
const LONGEST_MS = 60 * 60_000;

const args = process.argv.slice(2).filter((arg) => arg !== "--");
const isVersion = (arg: string) => /^\d+(\.\d+)+$/.test(arg);
const files = args.filter((arg) => !isVersion(arg));

const outcomes: VersionOutcome[] = [];
for (const version of testedVersions(args.filter(isVersion))) outcomes.push(await test(version));
for (const { line, problems } of outcomes) console.log([line, ...problems].join("\n  "));
process.exit(outcomes.every(({ ok }) => ok) ? 0 : 1);

async function test(version: string): Promise<VersionOutcome> {
  const javaHome = version.startsWith("4.") ? await javaEleven() : undefined;
  const folder = mkdtempSync(join(tmpdir(), "cassandra-rekey-compat-"));
  const report = join(folder, "tests.json");
  try {
    const reporter = join(import.meta.dirname, "test-list-reporter.ts");
    const projects = PROJECTS.map((name) => `--project=${name}`);
    const { status, signal } = spawnSync(
      "vitest",
      ["run", ...projects, ...PATIENT, "--reporter=default", `--reporter=${reporter}`, ...files],
      { cwd: ROOT, stdio: "inherit", timeout: LONGEST_MS, env: environment(version, javaHome, report) },
    );
    if (!existsSync(report)) return versionOutcome(version, [], [`vitest ended with ${status ?? signal}`]);
    const { tests, broken } = JSON.parse(readFileSync(report, "utf8")) as TestList;
    return versionOutcome(version, tests, broken);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function environment(version: string, javaHome: string | undefined, report: string): NodeJS.ProcessEnv {
  // A cluster of the environment has the version that it has.
  const { REKEY_TEST_CONTACT_POINTS: _, ...env } = process.env;
  return {
    ...env,
    REKEY_TEST_VERSION: version,
    [TEST_LIST]: report,
    ...(javaHome && { JAVA_HOME: javaHome }),
  };
}
