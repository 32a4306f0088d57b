import { type ClusterSession, clusterOf } from "@cassandra-rekey/cassandra";
import {
  definePlugin,
  defineThrottle,
  pollingThrottle,
  type Throttle,
  type ThrottleContext,
} from "@cassandra-rekey/core";
import { checkHealthVersions, checkVersions, explained } from "./check-access.ts";
import { ClusterHealth } from "./cluster-health.ts";
import { ClusterLoad } from "./cluster-load.ts";
import { ClusterState } from "./cluster-state.ts";
import { type HealthOptions, healthOptions } from "./health-options.ts";
import { latencyFactor } from "./latency-unit.ts";
import { type LoadOptions, loadOptions } from "./load-options.ts";
import { NodeAccount } from "./node-account.ts";

export default definePlugin({
  name: "@cassandra-rekey/throttle-cluster-load",
  throttles: {
    "cluster-load": defineThrottle({ options: loadOptions, create: createThrottle }),
    "cluster-health": defineThrottle({ options: healthOptions, create: createHealthThrottle }),
  },
});

async function createThrottle(options: LoadOptions, ctx: ThrottleContext): Promise<Throttle> {
  const session = await clusterOf(ctx);
  const reachable = () => session.hosts().filter((host) => host.up && host.dataCenter === session.localDc);
  checkVersions(reachable(), options);
  const account = new NodeAccount(session, options, ctx.job.tables);
  const intervalMs = options.interval_seconds * 1000;
  const units = new LatencyUnits(session, ctx);
  const ask = async (host: string, signal: AbortSignal) =>
    account.readings(host, account.needsUnit ? await units.of(host) : 1, intervalMs, signal);
  // What a node refuses is told before the job starts; later, a node that does not answer is a busy one.
  for (const { address } of reachable()) {
    await ask(address, ctx.signal).catch((error: unknown) => {
      throw explained(error, address);
    });
  }
  const load = new ClusterLoad({
    hosts: () => reachable().map(({ address }) => address),
    ask,
    mostPerNode: options.max_in_flight_per_node,
    criticalFactor: options.critical_factor,
    clock: ctx.clock,
  });
  return pollingThrottle(load, { intervalMs, clock: ctx.clock });
}

async function createHealthThrottle(options: HealthOptions, ctx: ThrottleContext): Promise<Throttle> {
  const session = await clusterOf(ctx);
  checkHealthVersions(session.hosts(), options.hold_on);
  const intervalMs = options.interval_seconds * 1000;
  const state = new ClusterState(session, options.hold_on, intervalMs);
  // What a node refuses is told before the job starts; later, one that does not answer is in trouble.
  await state.troubles(ctx.signal).catch((error: unknown) => {
    throw explained(error, "a node", "cluster-health");
  });
  const health = new ClusterHealth({
    troubles: (signal) => state.troubles(signal),
    clock: ctx.clock,
  });
  return pollingThrottle(health, { intervalMs, clock: ctx.clock });
}

/** Finds the unit of latencies once for each version of the server. */
class LatencyUnits {
  readonly #session: ClusterSession;
  readonly #ctx: Pick<ThrottleContext, "clock" | "signal">;
  readonly #factors = new Map<string, Promise<number>>();

  constructor(session: ClusterSession, ctx: Pick<ThrottleContext, "clock" | "signal">) {
    this.#session = session;
    this.#ctx = ctx;
  }

  of(host: string): Promise<number> {
    const version = this.#session.hosts().find(({ address }) => address === host)?.version ?? "";
    const known =
      this.#factors.get(version) ?? latencyFactor(this.#session, host, this.#ctx.clock, this.#ctx.signal);
    this.#factors.set(version, known);
    known.catch(() => this.#factors.delete(version));
    return known;
  }
}
