// What `npm test` runs once everything is installed and built: every check, then every test.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { name: "lint", command: "biome", args: ["check", "--error-on-warnings", "."] },
  { name: "types of tests, examples and scripts", command: "tsc", args: ["-p", "tsconfig.check.json"] },
  { name: "dead code", command: "knip", args: ["--no-progress"] },
  { name: "the docs as a site, every link and anchor", command: "node", args: ["scripts/build-docs.ts"] },
  { name: "generated files are current", command: "node", args: ["scripts/generate.ts", "--check"] },
];

const failed: string[] = [];
let passed = 0;
// One for each core of the smallest machine that this is meant for.
const SIDE_BY_SIDE = 2;

const waiting = [...checks];
await Promise.all(
  Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) tell(check, await outcomeOf(check));
  }),
);

function outcomeOf({ command, args }: Check): Promise<{ readonly ok: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("close", (code) => resolve({ ok: code === 0, output }));
  });
}

function tell(check: Check, { ok, output }: { readonly ok: boolean; readonly output: string }): void {
  if (ok) passed += 1;
  else failed.push(check.name);
  console.log(ok ? `ok      ${check.name}` : `FAILED  ${check.name}\n${output}`);
}

const report = join(tmpdir(), `cassandra-rekey-tests-${process.pid}.json`);
const tests = spawnSync(
  "vitest",
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  { stdio: "inherit" },
);
let skipped = 0;
try {
  const counts = JSON.parse(readFileSync(report, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numFailedTestSuites: number;
    numPendingTests: number;
    numTodoTests: number;
    testResults: { status: string; name: string; assertionResults: { status: string; fullName: string }[] }[];
  };
  passed += counts.numPassedTests;
  skipped = counts.numPendingTests + counts.numTodoTests;
  for (const file of counts.testResults) {
    const broken = file.assertionResults.filter((test) => test.status === "failed");
    failed.push(...broken.map((test) => `${file.name}: ${test.fullName}`));
    if (file.status === "failed" && broken.length === 0) failed.push(`${file.name} could not run`);
  }
  rmSync(report);
} catch (error) {
  failed.push(`the tests left no report: ${(error as Error).message}`);
}
if (tests.status !== 0 && failed.length === 0)
  failed.push(`vitest ended with ${tests.status ?? tests.signal}`);

// Publishes, installs and uses every package; checks the shape and the types of each tarball on the way.
const rehearsal: Check = { name: "release rehearsal", command: "node", args: ["scripts/rehearse.ts"] };
tell(rehearsal, await outcomeOf(rehearsal));

for (const name of failed) console.log(`failed: ${name}`);
console.log(`${passed} passed, ${failed.length} failed, ${skipped} skipped`);
process.exit(failed.length === 0 ? 0 : 1);
