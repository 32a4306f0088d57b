import type { CliResult, RunningCli } from "../cli.ts";

/** How many processes, and how each is started. */
interface WorkerPoolParts {
  readonly size: number;
  readonly start: () => Promise<RunningCli>;
  /** Told when a process gave up, and why. */
  readonly log?: (line: string) => void;
}

/** Errors that a run may end with when its cluster does not answer for longer than its patience. */
const OUTAGE = /^(CLUSTER\.(UNREACHABLE|UNAVAILABLE|TIMEOUT|OVERLOADED)|STATE\.UNAVAILABLE)$/;
/** A process that gives up so often is not going to get anywhere. */
const MOST_STARTS = 2_000;

/**
 * Worker processes on one job, started again whenever they end before it is done, as a scheduler of containers would.
 * Rejects where one of them ends in a way that no fault explains.
 */
export class WorkerPool {
  readonly counts = { started: 0, gaveUp: 0 };
  readonly #parts: WorkerPoolParts;
  readonly #slots: (RunningCli | undefined)[];
  readonly #stopped = new Set<RunningCli>();
  #isOver = false;

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
    this.#slots = Array.from({ length: parts.size }, () => undefined);
  }

  /** Resolves when every process has found the job done, with what the last of them printed. */
  async untilDone(): Promise<CliResult["json"]> {
    // A stopped process would never end by itself.
    const end = () => this.end();
    process.once("exit", end);
    try {
      const results = await Promise.all(this.#slots.keys().map((slot) => this.#keep(slot)));
      return results[0];
    } finally {
      process.off("exit", end);
      this.end();
    }
  }

  /** Kills a process at once, as the system does when memory is short; the next one where that is stopped. */
  kill(slot: number): boolean {
    const inTurn = this.#slots.map((_, index) => this.#slots[(slot + index) % this.#slots.length]);
    const running = inTurn.find((one) => one && !this.#stopped.has(one));
    return running?.child.kill("SIGKILL") ?? false;
  }

  /** Stops a process where it is; the result lets it go on. */
  stop(slot: number): (() => void) | undefined {
    const running = this.#slots[slot];
    if (!running?.child.kill("SIGSTOP")) return undefined;
    this.#stopped.add(running);
    return () => {
      this.#stopped.delete(running);
      running.child.kill("SIGCONT");
    };
  }

  /** Ends all processes for good. */
  end(): void {
    this.#isOver = true;
    for (const running of this.#slots) running?.child.kill("SIGKILL");
  }

  async #keep(slot: number): Promise<CliResult["json"]> {
    while (!this.#isOver && this.counts.started < MOST_STARTS) {
      this.counts.started += 1;
      const running = await this.#parts.start();
      if (this.#isOver) running.child.kill("SIGKILL");
      this.#slots[slot] = running;
      const result = await running.ended;
      this.#slots[slot] = undefined;
      if (result.json?.outcome === "done") return result.json;
      if (result.status !== null && !this.#isOver) this.#judge(result);
    }
    throw new Error(this.#isOver ? "the job did not come to its end in time" : "the workers get nowhere");
  }

  #judge(result: CliResult): void {
    const { status, stdout, stderr, json } = result;
    if (!isOutage(result))
      throw new Error(`a worker ended with ${status}, which no fault explains:\n${stdout}${stderr}`);
    this.counts.gaveUp += 1;
    this.#parts.log?.(`a worker gave up: ${json.error.code}: ${json.error.message}`);
  }
}

/** Whether a command with `--json` gave up because its cluster did not answer. */
export function isOutage({ json }: CliResult): boolean {
  return OUTAGE.test(String(json?.error?.code));
}
