import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../state-of-job.ts";
import type { ThreeNodes } from "../three-nodes.ts";
import type { Fault, FaultKind, FaultPlan } from "./fault.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** What the faults are done to. */
export interface FaultTargets {
  readonly nodes: ThreeNodes;
  /** The workers of the job at hand; there are none between two jobs. */
  readonly workers: () => WorkerPool | undefined;
  readonly stateKeyspace: string;
  readonly log: (line: string) => void;
}

/** More replicas than there are nodes: no quorum of them can ever be up. */
const IMPOSSIBLE_REPLICATION = 7;
const REPLICATION = 3;
const SLOW_MS = 250;
const LOOK_EVERY_MS = 100;

/** Carries out a plan of faults, and mends what it has broken. */
export class FaultInjector {
  /** How many of each kind took effect. */
  readonly counts = new Map<FaultKind, number>();
  readonly #targets: FaultTargets;

  constructor(targets: FaultTargets) {
    this.#targets = targets;
  }

  /** Resolves when the plan is carried out and everything is mended; sooner when `signal` aborts. */
  async carryOut({ cluster, kills, stops, lastingMs }: FaultPlan, signal: AbortSignal): Promise<void> {
    const endMs = performance.now() + lastingMs;
    await Promise.all([cluster, kills, stops].map((lane) => this.#lane(lane, endMs, signal)));
  }

  async #lane(faults: readonly Fault[], endMs: number, signal: AbortSignal): Promise<void> {
    for (const fault of faults) {
      if (signal.aborted || performance.now() > endMs) return;
      await this.#inject(fault, signal);
      await rest(fault.thenMs, signal);
    }
  }

  async #inject(fault: Fault, signal: AbortSignal): Promise<void> {
    let mend = await this.#break(fault);
    // Its worker is between two lives, or there is no job.
    while (!mend && !signal.aborted) {
      await rest(LOOK_EVERY_MS, signal);
      mend = await this.#break(fault);
    }
    if (!mend) return;
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
    this.#targets.log(`${fault.kind} (${fault.whom}), ${fault.forMs} ms`);
    try {
      await rest(fault.forMs, signal);
    } finally {
      await mend();
    }
  }

  /** Breaks something; the result mends it. Nothing where there is nobody to do it to. */
  async #break({ kind, whom }: Fault): Promise<(() => unknown) | undefined> {
    const { nodes } = this.#targets;
    const { cluster, proxies } = nodes;
    const proxy = proxies[whom]!;
    const onAll = async (act: (at: (typeof proxies)[number]) => Promise<void>) => {
      await Promise.all(proxies.map(act));
      return () => Promise.all(proxies.map((at) => at.restore()));
    };
    switch (kind) {
      case "worker killed":
        return this.#targets.workers()?.kill(whom) ? () => {} : undefined;
      case "worker stopped":
        return this.#targets.workers()?.stop(whom);
      case "node killed":
        await cluster.killNode(whom);
        return () => this.#revive(whom);
      case "node frozen": {
        const { pid } = cluster.nodes[whom]!;
        process.kill(pid, "SIGSTOP");
        return () => process.kill(pid, "SIGCONT");
      }
      case "node slow":
        await proxy.delay(SLOW_MS);
        return () => proxy.restore();
      case "node cut off":
        await proxy.cut();
        return () => proxy.restore();
      case "answers cut off":
        await proxy.cut("answers");
        return () => proxy.restore();
      case "node refusing":
        await proxy.refuse();
        return () => proxy.restore();
      case "every node cut off":
        return onAll((at) => at.cut());
      case "every node refusing":
        return onAll((at) => at.refuse());
      case "state keyspace unavailable":
        await this.#replicate(IMPOSSIBLE_REPLICATION);
        return () => this.#replicate(REPLICATION);
    }
  }

  async #revive(node: number): Promise<void> {
    await this.#targets.nodes.cluster.startNode(node);
  }

  /** The nodes' own way to say that there are too few replicas: at once, and to every request. */
  async #replicate(replicas: number): Promise<void> {
    const { nodes, stateKeyspace } = this.#targets;
    const cql = `ALTER KEYSPACE ${stateKeyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${nodes.cluster.localDc}': ${replicas}}`;
    await eventually(
      `${stateKeyspace} has ${replicas} replicas`,
      () =>
        nodes.client.execute(cql).then(
          () => undefined,
          (error: unknown) => String(error),
        ),
      (problem) => problem === undefined,
    );
  }
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
