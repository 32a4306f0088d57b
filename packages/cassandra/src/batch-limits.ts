import { type BatchLimits, DEFAULT_BATCH_LIMITS } from "./batch-grouping.ts";
import { ClusterInspector } from "./cluster-inspector.ts";
import type { ClusterSession } from "./cluster-session.ts";

type ServerSettings = ReadonlyMap<string, string> | undefined;

/** The server's batch thresholds, or Cassandra's defaults where the role may not read them. */
export async function batchLimits(session: ClusterSession): Promise<BatchLimits> {
  const settings = await new ClusterInspector(session).settings();
  const warns = bytesOf(settings, "batch_size_warn_threshold") ?? DEFAULT_BATCH_LIMITS.bytes;
  // Whoever raised the one may have left the other where it was, and a batch above that is refused.
  const refuses = bytesOf(settings, "batch_size_fail_threshold") ?? warns;
  return {
    partitions:
      wholeNumber(settings?.get("unlogged_batch_across_partitions_warn_threshold")) ??
      DEFAULT_BATCH_LIMITS.partitions,
    bytes: Math.min(warns, refuses),
  };
}

function bytesOf(settings: ServerSettings, name: string): number | undefined {
  const old = wholeNumber(settings?.get(`${name}_in_kb`));
  if (old !== undefined) return old * 1024;
  const match = /^(\d+)\s*(B|KiB|MiB|GiB)$/.exec(settings?.get(name) ?? "");
  if (!match) return undefined;
  return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
}

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** 0 is a threshold as well: nothing is batched then, for what goes alone is within every threshold. */
function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
