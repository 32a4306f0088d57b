// Breaks the code on purpose, one way at a time, and shows that the simulation or a named test notices. Works on copies
// in a temporary folder, never on the working tree. `pnpm test:mutations [--only fence] [--scenarios 500] [--seed 1]`.
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { MUTATIONS, type Mutation, type NamedTest } from "./mutation-list.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    scenarios: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
  },
});
const ROOT = join(import.meta.dirname, "..");
/** One for each core of the smallest machine that this is meant for. */
const SIDE_BY_SIDE = 2;
/** Parts of the simulation suite, of which one is run: see test/simulation/describe-scenarios.ts. */
const PARTS = 4;
/** Of the table's columns. */
const WIDTHS = [8, 52, 12, 0];
const SIMULATION: NamedTest = { project: "simulation", file: "test/simulation/scenarios-1.test.ts" };

interface Verdict {
  readonly isCaught: boolean;
  readonly by: string;
  readonly says: string;
}

/** A copy of the working tree's sources; what is installed and built is shared with it. */
function makeCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), "cassandra-rekey-mutations-"));
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const folders = new Set([""]);
  for (const file of files.split("\n").filter((name) => name !== "" && existsSync(join(ROOT, name)))) {
    cpSync(join(ROOT, file), join(folder, file), { recursive: true });
    if (file.endsWith("package.json")) folders.add(dirname(file));
  }
  for (const owner of folders) {
    for (const shared of ["node_modules", "dist"]) {
      const target = join(ROOT, owner, shared);
      const link = join(folder, owner, shared);
      if (existsSync(target) && !existsSync(link)) symlinkSync(target, link);
    }
  }
  return folder;
}

function run(copy: string, { project, file }: NamedTest): Promise<Verdict> {
  const env = {
    ...process.env,
    REKEY_TEST_SCENARIOS: String(Number(values.scenarios) * PARTS),
    REKEY_TEST_SEED: values.seed,
  };
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const args = ["run", "--project", project, file, "--reporter=json", `--outputFile=${report}`];
  return new Promise((resolve) => {
    execFile(join(copy, "node_modules/.bin/vitest"), args, { cwd: copy, env, maxBuffer: 2 ** 28 }, () =>
      resolve(readVerdict(report, project === SIMULATION.project)),
    );
  });
}

interface Report {
  readonly testResults: readonly {
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly title: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** A suite that could not run, and scenarios that merely met too little, are no proof. */
function readVerdict(file: string, isSimulation: boolean): Verdict {
  if (!existsSync(file)) return { isCaught: false, by: "nothing", says: "the tests could not run" };
  const report = JSON.parse(readFileSync(file, "utf8")) as Report;
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  if (tests.length === 0) {
    const says = report.testResults[0]?.message ?? "there are no tests";
    return { isCaught: false, by: "nothing", says: firstLine(says) };
  }
  for (const { status, title, failureMessages } of tests) {
    if (status !== "failed") continue;
    const message = stripVTControlCharacters(failureMessages.join("\n"));
    if (!isSimulation) return { isCaught: true, by: "test", says: title };
    const scenarios = /Property failed after (\d+) tests/.exec(message)?.[1];
    if (scenarios === undefined) return { isCaught: false, by: "nothing", says: firstLine(message) };
    const cause = /Caused by: Error: (.*)|Got (?:an )?[Ee]rror: (.*)/.exec(message);
    return {
      isCaught: true,
      by: `scenario ${scenarios}`,
      says: cause?.[1] ?? cause?.[2] ?? firstLine(message),
    };
  }
  return { isCaught: false, by: "nothing", says: "every test passed" };
}

function firstLine(text: string): string {
  return stripVTControlCharacters(text).split("\n")[0]!.slice(0, 100);
}

async function tryMutation(copy: string, mutation: Mutation): Promise<Verdict> {
  const path = join(copy, mutation.file);
  const source = readFileSync(path, "utf8");
  const places = source.split(mutation.find).length - 1;
  if (places !== 1) {
    return {
      isCaught: false,
      by: "nothing",
      says: `${mutation.file} has the text ${places} times, not once`,
    };
  }
  writeFileSync(
    path,
    source.replace(mutation.find, () => mutation.replace),
  );
  try {
    const verdict = await run(copy, mutation.caughtBy ?? SIMULATION);
    return verdict.isCaught || !mutation.orBy ? verdict : await run(copy, mutation.orBy);
  } finally {
    writeFileSync(path, source);
  }
}

const chosen = MUTATIONS.filter(({ name }) => name.includes(values.only));
const copies = Array.from({ length: SIDE_BY_SIDE }, makeCopy);
const survivors: string[] = [];
try {
  const named = chosen.flatMap(({ caughtBy = SIMULATION, orBy }) => (orBy ? [caughtBy, orBy] : [caughtBy]));
  const unbroken = [...new Map(named.map((test) => [test.file, test])).values()];
  const work = async (jobs: ((copy: string) => Promise<void>)[]) => {
    await Promise.all(
      copies.map(async (copy) => {
        for (let job = jobs.shift(); job; job = jobs.shift()) await job(copy);
      }),
    );
  };
  await work(
    unbroken.map((test) => async (copy) => {
      const { isCaught, says } = await run(copy, test);
      if (isCaught || says !== "every test passed")
        survivors.push(`${test.file} fails without a break: ${says}`);
    }),
  );
  await work(
    chosen.map((mutation) => async (copy) => {
      const { isCaught, by, says } = await tryMutation(copy, mutation);
      if (!isCaught) survivors.push(`${mutation.name}: ${says}`);
      const columns = [isCaught ? "caught" : "SURVIVED", mutation.name, by, says];
      console.log(
        columns
          .map((text, index) => text.padEnd(WIDTHS[index]!))
          .join("  ")
          .trimEnd(),
      );
    }),
  );
  console.log(`\n${chosen.length} breaks, ${survivors.length} not caught`);
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
}
for (const line of survivors) console.error(line);
process.exit(survivors.length === 0 ? 0 : 1);
