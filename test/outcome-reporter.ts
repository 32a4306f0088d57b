import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { ReportedHookContext, Reporter, SerializedError, TestCase, TestModule } from "vitest/node";

/** What a run of the tests came to; {@link OutcomeReporter} writes it as JSON. */
export interface Outcome {
  readonly passed: number;
  readonly skipped: number;
  /** A line each: the file and the test, or what else was wrong. */
  readonly failed: readonly string[];
}

/** Hardly a test takes two minutes, and no hook five: a file without news for so long will never have any. */
const LONGEST_SILENCE_MS = 6 * 60_000;

interface Running {
  newsAtMs: number;
  /** The last test that it told of, or the hook. */
  last: string;
}

/**
 * Writes what a run came to into the file that `$REKEY_TEST_OUTCOME` names, also when a file of tests hangs: in its
 * import, in code that never yields, or because a process that it started holds its output. Vitest waits for these
 * without an end; this reporter ends the run and names the file.
 */
export default class OutcomeReporter implements Reporter {
  readonly #path = process.env.REKEY_TEST_OUTCOME;
  readonly #silenceMs = Number(process.env.REKEY_TEST_SILENCE_MS ?? LONGEST_SILENCE_MS);
  readonly #running = new Map<string, Running>();
  /** News of a file's last test may come after that of its end. */
  readonly #ended = new Set<string>();
  readonly #failed: string[] = [];
  #passed = 0;
  #skipped = 0;
  #newsAtMs = performance.now();
  #watch: NodeJS.Timeout | undefined;

  onTestRunStart(): void {
    this.#newsAtMs = performance.now();
    this.#watch = setInterval(() => this.#look(), Math.min(10_000, this.#silenceMs));
    this.#watch.unref();
  }

  onTestModuleQueued(module: TestModule): void {
    this.#tell(module, "nothing yet");
  }

  onHookStart({ name, entity }: ReportedHookContext): void {
    if (entity.type === "module") this.#tell(entity, name);
    else this.#tell(entity.module, `${name} of ${entity.fullName}`);
  }

  onTestCaseReady(test: TestCase): void {
    this.#tell(test.module, test.fullName);
  }

  onTestCaseResult(test: TestCase): void {
    const { state } = test.result();
    if (state === "passed") this.#passed += 1;
    if (state === "skipped") this.#skipped += 1;
    if (state === "failed") this.#failed.push(`${nameOf(test.module)}: ${test.fullName}`);
    this.#tell(test.module, test.fullName);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#newsAtMs = performance.now();
    this.#running.delete(nameOf(module));
    this.#ended.add(nameOf(module));
    const broken = [...module.children.allTests("failed")].length;
    if (module.state() === "failed" && broken === 0) this.#failed.push(`${nameOf(module)} could not run`);
  }

  onTestRunEnd(_: readonly TestModule[], errors: readonly SerializedError[]): void {
    clearInterval(this.#watch);
    for (const { message } of errors) this.#failed.push(`outside of any test: ${message}`);
    this.#write();
  }

  #tell(module: TestModule, last: string): void {
    this.#newsAtMs = performance.now();
    const name = nameOf(module);
    if (!this.#ended.has(name)) this.#running.set(name, { newsAtMs: this.#newsAtMs, last });
  }

  #look(): void {
    const untilMs = performance.now() - this.#silenceMs;
    const hung = [...this.#running].filter(([, { newsAtMs }]) => newsAtMs < untilMs);
    if (hung.length === 0 && this.#newsAtMs >= untilMs) return;
    const seconds = Math.round(this.#silenceMs / 1000);
    for (const [name, { last }] of hung)
      this.#failed.push(`${name} hangs: no news for ${seconds} s; the last was: ${last}`);
    if (hung.length === 0) this.#failed.push(`the run hangs between files: no news for ${seconds} s`);
    console.error(`\nNo news for ${seconds} s. What runs here:\n${runningProcesses()}`);
    this.#write();
    // The workers end with this process, and so does a Cassandra that was started for them.
    process.exit(1);
  }

  #write(): void {
    const outcome: Outcome = { passed: this.#passed, skipped: this.#skipped, failed: this.#failed };
    if (this.#path !== undefined) writeFileSync(this.#path, JSON.stringify(outcome));
  }
}

function nameOf(module: TestModule): string {
  return `${module.project.name} ${module.relativeModuleId}`;
}

/** Those of this run, with what each waits for: it tells a loop from a wait, and who may hold whose output. */
function runningProcesses(): string {
  const columns = "pid,ppid,stat,etime,time,wchan:20,args:160";
  const { stdout } = spawnSync("ps", ["-e", "-o", columns], { encoding: "utf8", timeout: 20_000 });
  if (!stdout) return "(there is no ps here)";
  const [head = "", ...lines] = stdout.split("\n");
  const ours = new Set([process.pid]);
  // A child may stand before its parent: as many rounds as there are generations.
  for (let known = 0; known < ours.size; ) {
    known = ours.size;
    for (const line of lines) {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      if (ours.has(parent!)) ours.add(pid!);
    }
  }
  return [head, ...lines.filter((line) => ours.has(Number.parseInt(line, 10)))].join("\n");
}
