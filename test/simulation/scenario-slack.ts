import type { Scenario } from "./scenario.ts";

/** How far apart any two clocks of the scenario can be, milliseconds. */
export function clockSlackMs({ nodesAheadMs, applicationAheadMs, processes, troubles }: Scenario): number {
  const ahead = [0, ...nodesAheadMs, applicationAheadMs, ...processes.map(({ aheadMs }) => aheadMs)];
  const steps = troubles.reduce(
    (sum, trouble) => sum + (trouble.kind === "clock step" ? Math.abs(trouble.ms) : 0),
    0,
  );
  return 2 * (Math.max(...ahead) - Math.min(...ahead) + steps) + 4_000;
}

/**
 * An expiry is kept to the second where the nodes' clocks agree and requests take their usual time. Else a coordinator
 * may be a second further on when the write arrives, or have been when it counted the TTL.
 */
export function expirySlack({ nodesAheadMs, troubles }: Scenario): number {
  const spreadMs = Math.max(...nodesAheadMs) - Math.min(...nodesAheadMs);
  const slowestMs = troubles.reduce((slowest, trouble) => {
    if (trouble.kind === "request") return Math.max(slowest, trouble.delayMs + trouble.replyDelayMs);
    return trouble.kind === "node" && trouble.how === "slow"
      ? Math.max(slowest, 2 * trouble.slowMs)
      : slowest;
  }, 0);
  return Math.ceil((spreadMs + slowestMs) / 1000) + (slowestMs > 0 && spreadMs > 0 ? 1 : 0);
}
