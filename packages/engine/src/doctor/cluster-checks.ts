import { ClusterInspector, type ClusterSession } from "@cassandra-rekey/cassandra";
import type { Clock } from "@cassandra-rekey/core";
import type { Settings } from "../config/settings.ts";
import type { Checks } from "./checks.ts";
import { replicaShortfall } from "./replica-check.ts";

/** A difference that `settle` does not hide, milliseconds. */
const CLOCK_WARN_MS = 1_000;

/** What the cluster as a whole has to offer. */
export async function checkCluster(
  checks: Checks,
  session: ClusterSession,
  settings: Settings,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const inspector = new ClusterInspector(session);
  await checks.attempt("cluster.version", async () => {
    const { name, version, partitioner } = await inspector.cluster(signal);
    if (session.majorVersion < 4)
      checks.fail("cluster.version", `Cassandra ${version} is too old`, "Cassandra 4.0 or newer is needed.");
    else checks.ok("cluster.version", `${name}: Cassandra ${version}, local data centre ${session.localDc}`);
    if (partitioner !== "Murmur3Partitioner")
      checks.fail(
        "cluster.partitioner",
        `the partitioner is ${partitioner}`,
        "Only Murmur3Partitioner is supported.",
      );
    else checks.ok("cluster.partitioner", partitioner);
  });
  const down = session.hosts().filter((host) => !host.up);
  if (down.length > 0)
    checks.warn(
      "cluster.nodes",
      `down: ${down.map((host) => host.address).join(", ")}`,
      "A repair is needed before the old key is retired.",
    );
  else checks.ok("cluster.nodes", `${session.hosts().length} nodes up`);
  for (const table of settings.tables) {
    const lacking = replicaShortfall(session, table.keyspace, [
      table.consistency.read,
      table.consistency.write,
    ]);
    const place = `${table.keyspace}.${table.name}`;
    if (lacking)
      checks.fail(
        "cluster.replicas",
        lacking,
        "Bring replicas back, or choose a lower consistency level.",
        place,
      );
  }
  await checks.attempt("cluster.clock", async () => {
    const { aheadMs, withinMs } = await inspector.clockDifference(() => clock.wallMs(), signal);
    const difference = `the cluster's clock is ${Math.abs(Math.round(aheadMs))} ms ${aheadMs >= 0 ? "ahead of" : "behind"} this host's (within ${Math.ceil(withinMs)} ms)`;
    if (Math.abs(aheadMs) > CLOCK_WARN_MS)
      checks.warn(
        "cluster.clock",
        difference,
        "Synchronise the clocks (NTP); the application's hosts matter as well.",
      );
    else checks.ok("cluster.clock", difference);
  });
  await checks.attempt("cluster.guardrails", () => checkGuardrails(checks, inspector, settings, signal));
  await checks.attempt("cluster.activity", () => checkActivity(checks, inspector, signal));
}

async function checkGuardrails(
  checks: Checks,
  inspector: ClusterInspector,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const server = await inspector.settings(signal);
  if (!server) {
    checks.warn(
      "cluster.guardrails",
      "the role may not read system_views.settings, so guardrails could not be checked",
      "GRANT SELECT ON KEYSPACE system_views to the role.",
    );
    return;
  }
  const before = checks.list.length;
  const pageLimit = Number(server.get("page_size_fail_threshold") ?? -1);
  if (pageLimit > 0 && pageLimit < settings.execution.pageSize) {
    checks.fail(
      "cluster.page-size",
      `the server refuses pages of more than ${pageLimit} rows`,
      `Set execution.page_size to ${pageLimit} or less.`,
    );
  }
  if (
    server.get("user_timestamps_enabled") === "false" &&
    settings.tables.some((table) => table.writeMode === "fenced")
  ) {
    checks.fail(
      "cluster.timestamps",
      "the server refuses USING TIMESTAMP (user_timestamps_enabled: false)",
      "Allow it for the time of the rotation, or use LWT mode where the application writes by LWT.",
    );
  }
  for (const table of settings.tables) {
    const use: readonly [string, string][] = [
      ["read", table.consistency.read],
      ["write", table.consistency.write],
    ];
    for (const [direction, level] of use) {
      if (!(server.get(`${direction}_consistency_levels_disallowed`) ?? "").includes(level)) continue;
      checks.fail(
        "cluster.consistency",
        `the server disallows ${direction}s at ${level}`,
        `Choose another consistency.${direction}.`,
        `${table.keyspace}.${table.name}`,
      );
    }
  }
  const oldest = server.get("minimum_timestamp_fail_threshold");
  if (oldest && oldest !== "null") {
    checks.fail(
      "cluster.timestamps",
      `the server refuses timestamps older than ${oldest}, and fenced writes keep each cell's own`,
      "Lift minimum_timestamp_fail_threshold for the time of the rotation.",
    );
  }
  const disk = Number(server.get("data_disk_usage_percentage_fail_threshold") ?? -1);
  if (disk > 0)
    checks.warn(
      "cluster.disk",
      `writes are refused when a disk is ${disk} % full`,
      "Rekeyed tables take up to twice their space until they are compacted.",
    );
  if (server.get("cdc_enabled") === "true" && server.get("cdc_block_writes") !== "false") {
    checks.warn(
      "cluster.cdc",
      "a full CDC space blocks the application's writes (cdc_block_writes)",
      "Watch the CDC space while tables with cdc=true are rekeyed.",
    );
  }
  if (checks.list.length === before) checks.ok("cluster.guardrails", "no guardrail stands in the way");
}

/** A CDC space that runs full refuses the application's writes, not only ours. */
export async function cdcWouldBlock(session: ClusterSession, signal: AbortSignal): Promise<boolean> {
  const server = await new ClusterInspector(session).settings(signal);
  return server?.get("cdc_enabled") === "true" && server.get("cdc_block_writes") !== "false";
}

async function checkActivity(
  checks: Checks,
  inspector: ClusterInspector,
  signal: AbortSignal,
): Promise<void> {
  const repairs = await inspector.onEveryNode("SELECT * FROM system_views.repairs", signal);
  const running = repairs?.filter((node) => node.rows.some((row) => row["completed"] === false)) ?? [];
  if (running.length > 0)
    checks.warn(
      "cluster.repair",
      `a repair is running on ${running.map((node) => node.host).join(", ")}`,
      "Better wait until it is finished.",
    );
  const gossip = await inspector.onEveryNode("SELECT * FROM system_views.gossip_info", signal);
  const moving = (gossip?.[0]?.rows ?? []).filter((row) =>
    /^(BOOT|MOVING|LEAVING)/.test(String(row["status_with_port"] ?? row["status"] ?? "")),
  );
  if (moving.length > 0)
    checks.warn(
      "cluster.topology",
      `${moving.length} nodes are joining, moving or leaving`,
      "Better wait until the ring is stable.",
    );
  if (running.length === 0 && moving.length === 0)
    checks.ok("cluster.activity", "no repair and no topology change is seen");
}
