import { isRekeyError, type RekeyEvent, type StateStore } from "@cassandra-rekey/core";
import { Keyrings } from "../../packages/engine/src/keyring/keyrings.ts";
import { runJob } from "../../packages/engine/src/run-job.ts";
import {
  type ReplicatedCluster,
  SeededRandom,
  SimulatedProcess,
  type VirtualTime,
} from "../../packages/testkit/src/index.ts";
import { CallCounter } from "./call-counter.ts";
import type { Encounters } from "./encounters.ts";
import type { Scenario, Trouble } from "./scenario.ts";
import { settingsOf } from "./settings.ts";
import { simulatedKey } from "./simulated-key.ts";

/** What worker processes live in. */
export interface WorkerParts {
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly cluster: ReplicatedCluster;
  readonly store: StateStore;
  readonly encounters: Encounters;
  readonly violated: (what: string) => void;
  readonly trace: (line: string) => void;
}

/** A process that ends with an error so often is not unlucky. */
const MOST_STARTS = 12;
const RESTART_MS = 1_000;
const CALM_STEP_MS = 2_000;

/** Keeps one process at a job as a supervisor does: started again when it dies or gives up, until the job is done. */
export async function keepRunning(
  parts: WorkerParts,
  jobId: string,
  index: number,
  { startMs, aheadMs }: { readonly startMs: number; readonly aheadMs: number },
): Promise<void> {
  const { troubles, processes } = parts.scenario;
  const left = troubles.filter(
    (trouble) => "process" in trouble && trouble.process % processes.length === index,
  );
  await parts.time.wait(startMs);
  for (let start = 0; start < MOST_STARTS; start += 1) {
    const process = new SimulatedProcess(parts.time, aheadMs);
    const end = await runOnce(parts, process, jobId, index * 100 + start, left);
    parts.trace(`process ${index} ended: ${end.kind}`);
    if (end.kind === "done") return;
    if (end.kind === "failed") parts.encounters.meet("process that gave up and was started again");
    await parts.time.wait(end.kind === "died" ? end.restartMs : RESTART_MS);
  }
  parts.violated(`process ${index} did not come to an end in ${MOST_STARTS} starts`);
}

type End =
  | { readonly kind: "done" }
  | { readonly kind: "failed" }
  | { readonly kind: "died"; readonly restartMs: number };

function runOnce(
  parts: WorkerParts,
  process: SimulatedProcess,
  jobId: string,
  pid: number,
  left: Trouble[],
): Promise<End> {
  return new Promise((resolve, reject) => {
    const watch = new UnstoredWrites();
    const counter = new CallCounter();
    const calls = new Map<number, ReturnType<CallCounter["next"]>>();
    process.onCall = (call, moment, name) => {
      if (moment === "before") calls.set(call, counter.next(isWrite(name) ? "write" : name));
      else watch.answered(name);
      const at = left.findIndex((trouble) => isDue(trouble, calls.get(call)!, moment));
      if (at < 0) return;
      const [trouble] = left.splice(at, 1);
      meetTrouble(parts, process, trouble!);
      if (trouble!.kind !== "crash") return;
      if (watch.any) parts.encounters.meet("crash between write and checkpoint");
      resolve({ kind: "died", restartMs: trouble!.restartMs });
    };
    run(parts, process, jobId, pid).then(
      () => resolve({ kind: "done" }),
      (error: unknown) => {
        if (isRekeyError(error) && (error.retryable || error.code === "JOB.CHUNKS_FAILED")) {
          return resolve({ kind: "failed" });
        }
        reject(error);
      },
    );
  });
}

async function run(parts: WorkerParts, process: SimulatedProcess, jobId: string, pid: number): Promise<void> {
  const { scenario, cluster, encounters } = parts;
  const store = process.mortal(parts.store);
  const random = new SeededRandom(scenario.seed * 1_000 + pid);
  const job = await store.job(jobId, new AbortController().signal);
  const onEvent = (event: RekeyEvent) => {
    parts.trace(`${pid} ${event.type}`);
    if (event.type === "page.dropped") encounters.meet("page dropped for its age");
    if (event.type === "quarantine") encounters.meet("quarantined cell", event.entries.length);
    if (event.type === "chunk.failed" && !/^(CLUSTER\.(TIMEOUT|UNAVAILABLE)|STATE\.)/.test(event.code)) {
      parts.violated(`a chunk failed with ${event.code}`);
    }
  };
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  await runJob(
    {
      settings: settingsOf(scenario),
      store,
      keyrings: new Keyrings({ target: simulatedKey("new"), previous: [simulatedKey("old")] }),
      source: process.mortal(cluster),
      sink: process.mortal(cluster),
      readSchema: async () => cluster.schema,
      throttles: [],
      hooks: [],
      clock: process.clock,
      random,
      logger,
      identity: { host: "simulated", pid },
    },
    job!,
    { jobId, onEvent },
  );
}

function isDue(
  trouble: Trouble,
  isCall: ReturnType<CallCounter["next"]>,
  moment: "before" | "after",
): boolean {
  if (trouble.kind === "crash") return isCall(trouble) && trouble.moment === moment;
  // Frozen only while it waits: between the check of a page's age and the send there is nothing to wait for.
  return (
    (trouble.kind === "freeze" || trouble.kind === "clock step") && isCall(trouble) && moment === "after"
  );
}

function meetTrouble(
  { scenario, encounters, trace }: WorkerParts,
  process: SimulatedProcess,
  trouble: Trouble,
): void {
  trace(`${trouble.kind}`);
  if (trouble.kind === "crash") process.crash();
  if (trouble.kind === "freeze") {
    encounters.meet("freeze");
    process.freeze(trouble.ms, trouble.how, trouble.reverse);
  }
  if (trouble.kind === "clock step") {
    // A host that was suspended and then has its clock set back by as long cannot know that it slept.
    const sleeps = scenario.troubles.some((other) => other.kind === "freeze" && other.how === "suspended");
    process.stepWall(sleeps ? Math.max(-CALM_STEP_MS, trouble.ms) : trouble.ms);
  }
}

/** Whether a process has writes behind it that no checkpoint of its knows of. */
class UnstoredWrites {
  any = false;

  answered(name: string): void {
    if (isWrite(name)) this.any = true;
    if (/^(checkpoint|finish|release|fail)$/.test(name)) this.any = false;
  }
}

function isWrite(name: string): boolean {
  return name === "send" || name === "compareAndSet";
}
