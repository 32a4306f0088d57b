import { randomUUID } from "node:crypto";
import { SeededRandom } from "@cassandra-rekey/testkit";
import type { WriteStyle } from "../racing-application.ts";
import type { ThreeNodes } from "../three-nodes.ts";
import { ChaosApplication } from "./chaos-application.ts";
import { ChaosJobs } from "./chaos-jobs.ts";
import { type ChaosReport, countOf } from "./chaos-report.ts";
import { type FaultPlan, LONGEST_HOLD_MS } from "./fault.ts";
import { FaultInjector } from "./fault-injector.ts";
import { KeyChain } from "./key-chain.ts";

/** What is run, and how hard. */
export interface ChaosSettings {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly processes: number;
  readonly rows: number;
  readonly chunks: number;
  readonly writes: WriteStyle;
  /** Of each worker process. */
  readonly rowsPerSecond: number;
  readonly ttlSeconds: readonly [number, number];
  readonly log?: (line: string) => void;
}

const MOST_LINES = 40;
/** How long the job at hand may take once everything is mended. */
const LONGEST_END_MS = 10 * 60_000;

/**
 * Rotates keys while faults are injected, one job after the other and each to a new key, beside an application that
 * checks what it wrote. Then everything is mended, the application writes with the newest key alone, one more job
 * has to leave the table clean, and every row is read.
 */
export async function runChaos(nodes: ThreeNodes, settings: ChaosSettings): Promise<ChaosReport> {
  const { seed, plan, log = () => {} } = settings;
  const startedMs = performance.now();
  const keyspace = `chaos_${randomUUID().slice(0, 8)}`;
  const stateKeyspace = `${keyspace}_state`;
  const { client, cluster } = nodes;
  await client.execute(
    `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${cluster.localDc}': 3}`,
  );
  const keys = new KeyChain();
  const application = new ChaosApplication(client, {
    keys,
    random: new SeededRandom(seed),
    settings: {
      table: `${keyspace}.people`,
      rows: settings.rows,
      writes: settings.writes,
      ttlSeconds: settings.ttlSeconds,
      // Our rewrite of a cell may have been held up after the application's write of it was.
      heldMs: 2 * LONGEST_HOLD_MS,
    },
  });
  await application.load();
  await using jobs = await ChaosJobs.open(nodes, keys, {
    keyspace,
    table: "people",
    stateKeyspace,
    processes: settings.processes,
    chunks: settings.chunks,
    writes: settings.writes,
    log,
    rowsPerSecond: settings.rowsPerSecond,
  });
  const injector = new FaultInjector({ nodes, workers: () => jobs.pool, stateKeyspace, log });
  const broken: string[] = [];
  application.start();
  try {
    await rotateUnderFaults({ injector, plan, jobs, keys, log });
    application.isLagging = false;
    log("everything is mended: the last job");
    await jobs.comeClean();
  } catch (error) {
    broken.push(error instanceof Error ? error.message : String(error));
  } finally {
    await application.stop();
  }
  log("reading every row");
  await application.inspect(broken.length === 0);
  const { findings } = application;
  return {
    seed,
    seconds: (performance.now() - startedMs) / 1000,
    cassandra: cluster.version,
    jobs: jobs.counts.done,
    cellsRekeyed: jobs.counts.cellsRekeyed,
    faults: Object.fromEntries(injector.counts),
    workers: { started: jobs.counts.started, gaveUp: jobs.counts.gaveUp },
    application: application.counts,
    lost: countOf(findings, "lost"),
    resurrected: countOf(findings, "resurrected"),
    wrongValues: countOf(findings, "wrong value"),
    underOldKey: countOf(findings, "old key"),
    violations: [
      ...broken,
      ...jobs.problems,
      ...findings.slice(0, MOST_LINES).map(({ damage, line }) => `${damage}: ${line}`),
      ...(findings.length > MOST_LINES ? [`and ${findings.length - MOST_LINES} more`] : []),
    ],
  };
}

/** One job after the other while there are faults; the last of them has some minutes to end. */
async function rotateUnderFaults(parts: {
  readonly injector: FaultInjector;
  readonly plan: FaultPlan;
  readonly jobs: ChaosJobs;
  readonly keys: KeyChain;
  readonly log: (line: string) => void;
}): Promise<void> {
  const { injector, plan, jobs, keys, log } = parts;
  const stop = new AbortController();
  let areOver = false;
  let deadline: NodeJS.Timeout | undefined;
  const faults = injector.carryOut(plan, stop.signal).finally(() => {
    areOver = true;
    deadline = setTimeout(() => jobs.pool?.end(), LONGEST_END_MS);
  });
  // Told below; a job may take a while until then.
  faults.catch(() => {});
  try {
    do {
      keys.add();
      log(`rotating to ${keys.newest}`);
      await jobs.carryOut();
    } while (!areOver);
  } finally {
    stop.abort();
    await faults;
    clearTimeout(deadline);
  }
}
