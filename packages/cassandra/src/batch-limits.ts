import { type BatchLimits, DEFAULT_BATCH_LIMITS } from "./batch-grouping.ts";
import { ClusterInspector } from "./cluster-inspector.ts";
import type { ClusterSession } from "./cluster-session.ts";

/** The server's batch thresholds, or Cassandra's defaults where the role may not read them. */
export async function batchLimits(session: ClusterSession): Promise<BatchLimits> {
  const settings = await new ClusterInspector(session).settings();
  return {
    partitions:
      wholeNumber(settings?.get("unlogged_batch_across_partitions_warn_threshold")) ??
      DEFAULT_BATCH_LIMITS.partitions,
    bytes: bytesOf(settings) ?? DEFAULT_BATCH_LIMITS.bytes,
  };
}

function bytesOf(settings: ReadonlyMap<string, string> | undefined): number | undefined {
  const old = wholeNumber(settings?.get("batch_size_warn_threshold_in_kb"));
  if (old !== undefined) return old * 1024;
  const text = settings?.get("batch_size_warn_threshold");
  const match = /^(\d+)\s*(B|KiB|MiB)$/.exec(text ?? "");
  if (!match) return undefined;
  return Number(match[1]) * { B: 1, KiB: 1024, MiB: 1024 * 1024 }[match[2] as "B" | "KiB" | "MiB"];
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}
