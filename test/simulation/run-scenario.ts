import type { Cell, JobState, ScanKind } from "@cassandra-rekey/core";
import { splitRing } from "../../packages/engine/src/planner/split-ring.ts";
import {
  MemoryStateStore,
  ReplicatedCluster,
  SeededRandom,
  VirtualTime,
} from "../../packages/testkit/src/index.ts";
import { Application } from "./application.ts";
import { ClusterWatch } from "./cluster-watch.ts";
import type { Encounters } from "./encounters.ts";
import { allPlaces, cellsOf, nameOf, ROW_COLUMNS, STATIC_COLUMN } from "./rows.ts";
import type { Scenario, Trouble } from "./scenario.ts";
import { clockSlackMs, expirySlack } from "./scenario-slack.ts";
import { LARGEST } from "./seeds.ts";
import { SETTLE_MS } from "./settings.ts";
import { unsealed } from "./simulated-key.ts";
import { type Exactness, Truth } from "./truth.ts";
import { WatchedStore } from "./watched-store.ts";
import { keepRunning, type WorkerParts } from "./worker-processes.ts";

/** What came of a scenario. */
export interface ScenarioResult {
  /** What was wrong; empty when every property held. */
  readonly violations: readonly string[];
  /** Everything that happened, in order, where it was asked for. */
  readonly trace: readonly string[];
}

/** Longer than anything that the application or a page sent can still be under way, milliseconds. */
const UNDER_WAY_MS = 16_000;
const COMPACT_EVERY_MS = 2_000;
const LONGEST_JOB_MS = 3_600_000;

/** Lives through one scenario: a job beside an application and all trouble, then a second job in peace. */
export async function runScenario(
  scenario: Scenario,
  encounters: Encounters,
  traced = false,
): Promise<ScenarioResult> {
  return new SimulatedHistory(scenario, encounters, traced).run();
}

class SimulatedHistory {
  readonly #scenario: Scenario;
  readonly #encounters: Encounters;
  readonly #time = new VirtualTime();
  readonly #truth = new Truth();
  readonly #violations: string[] = [];
  readonly #trace: string[] = [];
  readonly #traced: boolean;
  readonly #cluster: ReplicatedCluster;
  readonly #application: Application;
  readonly #watched: WatchedStore;
  readonly #workers: WorkerParts;
  readonly #watch: ClusterWatch;
  readonly #exactness: Exactness;
  #isOver = false;

  constructor(scenario: Scenario, encounters: Encounters, traced: boolean) {
    this.#scenario = scenario;
    this.#encounters = encounters;
    this.#traced = traced;
    this.#exactness = { seconds: expirySlack(scenario), keepsWritetimes: scenario.mode !== "lwt" };
    const time = this.#time;
    const random = new SeededRandom(scenario.seed);
    const violated = (what: string) => this.#violations.push(what);
    const trace = (line: string) => this.#tell(line);
    this.#cluster = new ReplicatedCluster(time, random, {
      table: {
        columns: ROW_COLUMNS,
        ...(scenario.parts && { maps: ["notes"], udts: { address: ["street"] } }),
        ...(scenario.statics.length > 0 && { statics: [STATIC_COLUMN] }),
        gcGraceSeconds: scenario.gcGraceSeconds,
        ...(scenario.label && { label: "key_version" }),
      },
      aheadMs: scenario.nodesAheadMs,
      hintDelayMs: scenario.hintDelayMs,
      latencyMs: 8,
      hopMs: 5,
    });
    this.#application = new Application({
      cluster: this.#cluster,
      time,
      scenario,
      truth: this.#truth,
      encounters,
      exactness: () => this.#exactness,
      violated,
    });
    const inner = new MemoryStateStore({ ...clockOf(time) }, new SeededRandom(scenario.seed + 1));
    this.#watched = new WatchedStore(inner, { time, scenario, encounters, violated, trace });
    const { store } = this.#watched;
    this.#workers = { scenario, time, cluster: this.#cluster, store, encounters, violated, trace };
    this.#watch = new ClusterWatch(this.#cluster, scenario, encounters, trace);
    this.#cluster.listener = this.#watch;
  }

  async run(): Promise<ScenarioResult> {
    const time = this.#time;
    await time.advance(this.#scenario.phaseMs);
    this.#application.fill();
    await time.run(this.#plan("j"));
    this.#application.start();
    this.#scheduleNodeTrouble();
    this.#keepCompacting();
    const before = this.#expiring();
    const bounded = Promise.race([
      this.#runJob("j"),
      time.wait(LONGEST_JOB_MS).then(() => this.#violations.push("the job did not end")),
    ]);
    await time.run(bounded);
    await this.#comeToRest();
    this.#judgeRows("after the job");
    this.#judgeCoverage();
    await time.run(this.#judgeRaced());
    if (before.some((expiresAt) => expiresAt <= time.utcMs / 1000))
      this.#encounters.meet("expiry during the job");
    if (this.#violations.length === 0) await this.#secondJob();
    this.#isOver = true;
    return { violations: this.#violations, trace: this.#trace };
  }

  async #runJob(jobId: string): Promise<void> {
    const { processes } = this.#scenario;
    await Promise.all(processes.map((process, index) => keepRunning(this.#workers, jobId, index, process)));
  }

  async #plan(id: string): Promise<void> {
    const { signal } = new AbortController();
    const { shape, staticShape } = this.#cluster;
    const { mode, chunks } = this.#scenario;
    const passes = [shape, staticShape].filter(({ columns }) => columns.length > 0);
    const tables = passes.map(({ keyspace, name, columns, scan }) => ({
      id: passName(scan),
      keyspace,
      name,
      columns: columns.map((column) => column.name),
      schema: undefined,
      writeMode: mode,
      ranges: splitRing(chunks),
      ...(scan && { scan }),
    }));
    this.#watched.isFaulty = false;
    await this.#watched.store.createJob({ id, kind: "rekey", tables }, signal);
    this.#watched.isFaulty = true;
  }

  /** Nothing is under way any more, every node is well and knows all that it missed. */
  async #comeToRest(): Promise<void> {
    this.#watched.isFaulty = false;
    this.#watch.isFaulty = false;
    const lastMs = Math.max(0, ...this.#scenario.operations.map(({ atMs }) => atMs));
    await this.#time.advance(Math.max(0, lastMs - this.#time.nowMs) + UNDER_WAY_MS + SETTLE_MS);
    for (
      let tries = 0;
      tries < 100 && !(this.#cluster.isAtRest && this.#application.underWay === 0);
      tries += 1
    ) {
      await this.#time.advance(1_000);
    }
  }

  /** A job without trouble and without an application leaves nothing under the previous key. */
  async #secondJob(): Promise<void> {
    await this.#time.run(this.#plan("k"));
    await this.#time.run(
      keepRunning({ ...this.#workers, scenario: { ...this.#scenario, troubles: [] } }, "k", 9, {
        startMs: 0,
        aheadMs: 0,
      }),
    );
    await this.#time.advance(1_000);
    this.#judgeRows("after the second job");
    for (const key of allPlaces()) {
      // A transaction of the application that was left in the middle may come to its end when its row had its turn.
      if (this.#scenario.mode === "lwt" && this.#truth.of(key).some(({ state }) => state === "unknown"))
        continue;
      const row = this.#cluster.peek(key, 0);
      for (const [index, cell] of cellsOf(row).entries()) {
        if (unsealed(cell.value).version !== "old" || this.#isOutOfReach(cell)) continue;
        if (cell.ttl !== undefined && cell.ttl < 5) continue;
        this.#violations.push(`${nameOf(key)}, cell ${index} is under the previous key after two jobs`);
      }
    }
  }

  #judgeRows(when: string): void {
    const now = Math.floor(this.#time.utcMs / 1000);
    for (const key of allPlaces()) {
      for (const omitting of [0, 1, 2]) {
        const seen = this.#cluster.peek(key, omitting);
        const wrong = this.#truth.judge(key, seen, now, this.#exactness);
        if (wrong === undefined) continue;
        this.#violations.push(`${nameOf(key)} ${when}: ${wrong}`);
        break;
      }
    }
  }

  /** What is under the previous key was written after the last visit began, or was too young for it. */
  #judgeCoverage(): void {
    const ranges = splitRing(this.#scenario.chunks);
    const slackMs = SETTLE_MS + clockSlackMs(this.#scenario);
    for (const key of allPlaces()) {
      const row = this.#cluster.peek(key, 0);
      if (!row) continue;
      const chunk = ranges.findIndex(({ after, upTo }) => row.token > after && row.token <= upTo);
      const began = this.#visitBegan(passName(key.length === 1 ? "partitions" : undefined), chunk);
      const changes = this.#truth.of(key);
      if (changes.some(({ state }) => state !== "acknowledged")) continue;
      const lateMs = Math.max(0, ...changes.map(({ acknowledgedMs }) => acknowledgedMs));
      if (began === undefined) {
        this.#violations.push(`chunk ${chunk} was never visited`);
        continue;
      }
      for (const cell of cellsOf(row)) {
        if (unsealed(cell.value).version !== "old" || this.#isOutOfReach(cell)) continue;
        if (cell.ttl !== undefined && cell.ttl < 3_600) continue;
        const writtenMs = Number(cell.writetime / 1000n) - this.#time.epochMs;
        if (lateMs < began && writtenMs < began - slackMs) {
          this.#violations.push(`${nameOf(key)} has a cell under the previous key that the job passed over`);
        }
      }
    }
  }

  /** Told to people, so it has to be right: exactly, where no part of the job was done twice or in doubt. */
  async #judgeRaced(): Promise<void> {
    const isExact = this.#scenario.troubles.every(
      (trouble) =>
        trouble.kind === "truncate" ||
        (trouble.kind === "transaction left in the middle" && trouble.of === "application"),
    );
    const { signal } = new AbortController();
    const tables = await this.#watched.store.progress("j", signal);
    const raced = tables.reduce((sum, { totals }) => sum + totals.raced, 0);
    const { raced: lost } = this.#watch;
    if (isExact && raced !== lost) this.#violations.push(`${lost} rows lost, and ${raced} count as raced`);
  }

  /** A fence cannot be set above the largest writetime, and no transaction overwrites what is dated ahead. */
  #isOutOfReach({ writetime }: Cell): boolean {
    const isAhead = writetime > BigInt(Math.ceil(this.#time.utcMs)) * 1000n;
    return writetime === LARGEST || (this.#scenario.mode === "lwt" && isAhead);
  }

  #visitBegan(pass: string, chunk: number): number | undefined {
    const place = `j/${pass}/${chunk}`;
    return this.#watched.visitsBegan.get(`${place}/1`) ?? this.#watched.visitsBegan.get(`${place}/0`);
  }

  #scheduleNodeTrouble(): void {
    for (const trouble of this.#scenario.troubles) {
      if (trouble.kind === "truncate") this.#time.after(trouble.atMs, () => void this.#truncate());
      if (trouble.kind !== "node") continue;
      for (const step of trouble.both ? [0, 1] : [0]) this.#troubleNode(trouble, trouble.node + step);
    }
  }

  #troubleNode({ how, atMs, forMs, slowMs }: Extract<Trouble, { kind: "node" }>, index: number): void {
    const node = this.#cluster.nodes[index % this.#cluster.nodes.length]!;
    const set = (isIll: boolean) => {
      this.#tell(`node ${node.index} is ${isIll ? how : "well"}`);
      if (how === "down") node.isUp = !isIll;
      if (how === "deaf") node.isDeaf = isIll;
      if (how === "slow") node.slowMs = isIll ? slowMs : 0;
    };
    this.#time.after(atMs, () => set(true));
    this.#time.after(atMs + forMs, () => set(false));
  }

  /** As the operations guide wants it: the job is paused, and what it had in hand is over. */
  async #truncate(): Promise<void> {
    if (!(await this.#moveJob(["running", "paused"], "paused"))) return;
    const { mode, gcGraceSeconds } = this.#scenario;
    const oldestPageMs = mode === "lwt" ? 30_000 : Math.min(30_000, gcGraceSeconds * 100);
    await this.#time.wait(oldestPageMs + UNDER_WAY_MS);
    if (this.#cluster.truncate()) {
      this.#tell("truncated");
      this.#encounters.meet("truncation");
      this.#truth.truncate(this.#time.nowMs, UNDER_WAY_MS);
    }
    await this.#moveJob(["paused"], "running");
  }

  /** As a person does who tries again until the store answers. */
  async #moveJob(from: readonly JobState[], to: JobState): Promise<boolean> {
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        const { signal } = new AbortController();
        return (await this.#workers.store.transition("j", from, to, signal)).applied;
      } catch {
        await this.#time.wait(500);
      }
    }
    return false;
  }

  #keepCompacting(): void {
    this.#time.after(COMPACT_EVERY_MS, () => {
      if (this.#isOver) return;
      this.#cluster.compact();
      this.#keepCompacting();
    });
  }

  #expiring(): readonly number[] {
    return allPlaces()
      .flatMap((key) => this.#truth.of(key))
      .flatMap(({ change }) => change.cells.map(([, cell]) => cell))
      .filter((cell) => cell.kind === "expiring")
      .map((cell) => cell.expiresAt);
  }

  #tell(line: string): void {
    if (this.#traced) this.#trace.push(`${this.#time.nowMs} ${line}`);
  }
}

function passName(scan: ScanKind | undefined): string {
  return scan === "partitions" ? "users/static" : "users";
}

function clockOf(time: VirtualTime) {
  return {
    wallMs: () => time.utcMs,
    monotonicMs: () => time.nowMs,
    sleep: (ms: number) => time.wait(ms),
    timeout: () => new AbortController().signal,
  };
}
