// What `npm test` runs once everything is installed and built: every check, then every test.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "../test/outcome-reporter.ts";

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
/** Long for the longest of them, the rehearsal, on a slow machine. */
const LONGEST_CHECK_MS = 8 * 60_000;
// One for each core of the smallest machine that this is meant for.
const SIDE_BY_SIDE = 2;

const waiting = [...checks];
await Promise.all(
  Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) tell(check, await outcomeOf(check));
  }),
);

/** How a command ends, with all that it started: what a check leaves behind must not hold this one back. */
function outcomeOf({ command, args }: Check): Promise<{ readonly ok: boolean; readonly output: string }> {
  return new Promise((resolve) => {
    // A process group of its own, to end it whole.
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // Gone already.
      }
    };
    const interrupted = () => {
      end();
      process.exit(130);
    };
    process.once("SIGINT", interrupted);
    const limit = setTimeout(() => {
      output += `\nnot done after ${LONGEST_CHECK_MS / 60_000} minutes`;
      end();
    }, LONGEST_CHECK_MS);
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("exit", end);
    child.once("close", (code) => {
      clearTimeout(limit);
      process.off("SIGINT", interrupted);
      resolve({ ok: code === 0, output });
    });
  });
}

function tell(check: Check, { ok, output }: { readonly ok: boolean; readonly output: string }): void {
  if (ok) passed += 1;
  else failed.push(check.name);
  console.log(ok ? `ok      ${check.name}` : `FAILED  ${check.name}\n${output}`);
}

const report = join(tmpdir(), `cassandra-rekey-tests-${process.pid}.json`);
const reporters = ["--reporter=default", "--reporter=./test/outcome-reporter.ts"];
const tests = spawnSync("vitest", ["run", ...reporters], {
  stdio: "inherit",
  env: { ...process.env, REKEY_TEST_OUTCOME: report },
});
let skipped = 0;
try {
  const outcome = JSON.parse(readFileSync(report, "utf8")) as Outcome;
  passed += outcome.passed;
  skipped = outcome.skipped;
  failed.push(...outcome.failed);
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
