import type { WantedCassandra } from "../options.ts";
import { runCommand } from "../run-command.ts";

const ANSWER_TIMEOUT_MS = 20_000;

/**
 * Why Docker cannot start what is wanted; undefined when it can. A docker client without an engine is not Docker,
 * and `docker info` fails without one.
 */
export async function dockerObstacle(wanted: WantedCassandra): Promise<string | undefined> {
  if (wanted.nodes > 1) return "several nodes need local JVMs, not Docker";
  if (wanted.clientHosts.length > 0) return "clientHosts needs local JVMs, not Docker";
  const { code } = await runCommand("docker", ["info", "--format", "{{.ServerVersion}}"], {
    timeoutMs: ANSWER_TIMEOUT_MS,
  });
  return code === 0 ? undefined : "no Docker engine answers";
}
