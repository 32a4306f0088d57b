import type { ClusterInspector, ClusterSession } from "@cassandra-rekey/cassandra";
import type { Clock } from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import { isAmazonKeyspaces } from "./amazon-keyspaces.ts";
import type { Checks } from "./checks.ts";
import { readPlacement, replicaShortfall } from "./replica-check.ts";
import { serialLevel } from "./serial-check.ts";

/** A difference that `settle` does not hide, milliseconds. */
const CLOCK_WARN_MS = 1_000;

/** Version and partitioner of the cluster: what nothing can be done without. */
export async function checkVersion(
  checks: Checks,
  session: ClusterSession,
  inspector: ClusterInspector,
  signal: AbortSignal,
): Promise<void> {
  const { name, version, partitioner } = await inspector.cluster(signal);
  const oldest = session
    .hosts()
    .map((host) => host.version)
    .find((candidate) => Number.parseInt(candidate, 10) < 4);
  const isOld = oldest !== undefined || Number.parseInt(version, 10) < 4;
  if (isOld && (await isAmazonKeyspaces(session, signal)))
    checks.warn(
      "cluster.version",
      `this is Amazon Keyspaces, which speaks CQL as Cassandra ${version} does: nothing was ever tested on it`,
      "Try everything on copies of the tables first: a dry run, a run, a verification.",
    );
  else if (isOld)
    checks.fail(
      "cluster.version",
      `${name}: a node runs Cassandra ${oldest ?? version}, which is too old`,
      "Upgrade every node to Cassandra 4.0 or newer.",
    );
  else checks.ok("cluster.version", `${name}: Cassandra ${version}, local data centre ${session.localDc}`);
  if (partitioner !== "Murmur3Partitioner")
    checks.fail(
      "cluster.partitioner",
      `the partitioner is ${partitioner}, whose tokens cannot be cut into chunks`,
      "Only clusters with Murmur3Partitioner can be rekeyed.",
    );
  else checks.ok("cluster.partitioner", partitioner);
}

/** Whether all nodes are up, and enough replicas for the consistency levels that are asked for. */
export function checkReplicas(checks: Checks, session: ClusterSession, settings: Settings): void {
  const down = session.hosts().filter((host) => !host.up);
  if (down.length > 0)
    checks.warn(
      "cluster.nodes",
      `down: ${down.map((host) => host.address).join(", ")}`,
      "Bring them back, and run a repair before the old key is retired: they hold cells under it.",
    );
  else
    checks.ok(
      "cluster.nodes",
      session.hosts().length === 1 ? "1 node, up" : `${session.hosts().length} nodes, all up`,
    );
  let lacking = false;
  for (const { keyspace, name, consistency, writeMode } of settings.tables) {
    const placement = readPlacement(session, keyspace);
    if (!placement) continue;
    const serial = writeMode === "lwt" ? [serialLevel(session, consistency)] : [];
    const shortfall = replicaShortfall(placement, [consistency.read, consistency.write, ...serial]);
    if (shortfall === undefined) continue;
    lacking = true;
    checks.fail(
      "cluster.replicas",
      shortfall,
      "Bring replicas back, or set the table's consistency to a level that those which are up can give; check cluster.local_dc, too.",
      `${keyspace}.${name}`,
    );
  }
  if (!lacking) checks.ok("cluster.replicas", "enough are up for the consistency levels asked for");
}

/** How far the clocks are apart. */
export async function checkClock(
  checks: Checks,
  inspector: ClusterInspector,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { aheadMs, withinMs } = await inspector.clockDifference(() => clock.wallMs(), signal);
  const difference = `the cluster's clock is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs >= 0 ? "ahead of" : "behind"} this host's (within ${Math.ceil(withinMs)} ms)`;
  // What the round trip alone may account for is no difference.
  if (Math.abs(aheadMs) - withinMs > CLOCK_WARN_MS)
    checks.warn(
      "cluster.clock",
      difference,
      "Synchronise the clocks (NTP), those of the application's hosts as well; until then a run leaves cells alone for longer, by as much.",
    );
  else checks.ok("cluster.clock", difference);
}

/** Whether the ring is changing, or being repaired, or out of room. */
export async function checkActivity(
  checks: Checks,
  inspector: ClusterInspector,
  signal: AbortSignal,
): Promise<void> {
  const repairs = await inspector.onEveryNode("SELECT completed FROM system_views.repairs", signal);
  const gossip = await inspector.onEveryNode("SELECT * FROM system_views.gossip_info", signal);
  const running = repairs?.filter((node) => node.rows.some((row) => row["completed"] === false)) ?? [];
  if (running.length > 0)
    checks.warn(
      "cluster.repair",
      `a repair is running on ${running.map((node) => node.host).join(", ")}`,
      "Better wait until it is finished: both would compete for the disks.",
    );
  const peers = gossip?.[0]?.rows ?? [];
  const moving = peers.filter((row) =>
    /^(BOOT|MOVING|LEAVING)/.test(String(row["status_with_port"] ?? row["status"] ?? "")),
  );
  if (moving.length > 0)
    checks.warn(
      "cluster.topology",
      `joining, moving or leaving: ${moving.map((row) => String(row["address"])).join(", ")}`,
      "Better wait until the ring is stable.",
    );
  const full = peers.filter((row) => String(row["disk_usage"] ?? "") === "FULL");
  if (full.length > 0)
    checks.fail(
      "cluster.disk",
      `past data_disk_usage_percentage_fail_threshold on ${full.map((row) => String(row["address"])).join(", ")}: writes of ordinary roles are refused`,
      "Make room there, or raise the threshold.",
    );
  if (running.length > 0 || moving.length > 0) return;
  if (repairs && gossip) checks.ok("cluster.activity", "no repair and no topology change is seen");
  else
    checks.warn(
      "cluster.activity",
      "repairs and topology changes could not be looked for: system_views cannot be read, or is too old",
      "GRANT SELECT ON KEYSPACE system_views to the role (Cassandra 4.1 or newer), or look with nodetool netstats and nodetool status.",
    );
}
