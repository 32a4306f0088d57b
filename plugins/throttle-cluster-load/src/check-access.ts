import type { HostState } from "@cassandra-rekey/cassandra";
import { isRekeyError, RekeyError } from "@cassandra-rekey/core";
import type { HoldReason } from "./health-options.ts";
import type { LoadOptions } from "./load-options.ts";

/** Rejects nodes that cannot tell what the options ask for, before anything is asked. */
export function checkVersions(hosts: readonly HostState[], options: LoadOptions): void {
  for (const { address, version } of hosts.filter(isVersionKnown)) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major < 4) {
      throw new RekeyError(
        "CLUSTER.UNSUPPORTED",
        `the throttle cluster-load needs Cassandra 4.0 or newer, and ${address} is ${version}: it keeps no account of its load that can be queried`,
        { hint: "Use the throttle latency or adaptive instead." },
      );
    }
    if (options.hints !== undefined && major === 4 && minor < 1) {
      throw new RekeyError(
        "CLUSTER.UNSUPPORTED",
        `hints of the throttle cluster-load needs Cassandra 4.1 or newer, and ${address} is ${version}`,
        { hint: "Leave out hints, or upgrade the node." },
      );
    }
  }
}

/** Rejects nodes that cannot tell what the job is to be held for. */
export function checkHealthVersions(hosts: readonly HostState[], reasons: readonly HoldReason[]): void {
  const old = hosts.filter(isVersionKnown).find(({ version }) => {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major < 4 || (major === 4 && minor < 1);
  });
  const asked = reasons.filter((reason) => reason !== "node-down");
  if (old === undefined || asked.length === 0) return;
  throw new RekeyError(
    "CLUSTER.UNSUPPORTED",
    `${asked.join(", ")} of the throttle cluster-health needs Cassandra 4.1 or newer, and ${old.address} is ${old.version}`,
    { hint: "Set hold_on: [node-down], or upgrade the node." },
  );
}

/** Of a node that is just joining, or was not removed properly, there may be none: no reason to refuse the others. */
function isVersionKnown({ version }: HostState): boolean {
  return version !== "";
}

/** What a node's refusal means, or the error itself when it is none. */
export function explained(error: unknown, host: string, throttle = "cluster-load"): unknown {
  if (!isRekeyError(error)) return error;
  if (error.code === "CLUSTER.UNAUTHORIZED") {
    return new RekeyError(
      "CLUSTER.UNAUTHORIZED",
      `the throttle ${throttle} may not read system_views on ${host}`,
      {
        hint: "As a superuser: GRANT SELECT ON KEYSPACE system_views TO the role of cluster.username (on Cassandra 4.0 ON each of its tables). Or remove the throttle.",
        cause: error,
      },
    );
  }
  if (error.code === "CLUSTER.INVALID_QUERY") {
    return new RekeyError(
      "CLUSTER.UNSUPPORTED",
      `${host} has not all of the virtual tables that the throttle ${throttle} reads`,
      {
        hint: "Cassandra 4.0 or newer has them, 4.1 or newer also hints. Or remove the throttle.",
        cause: error,
      },
    );
  }
  return error;
}
