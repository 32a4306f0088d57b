import type { WorkerReport } from "@cassandra-rekey/core";
import type { StatusReport } from "@cassandra-rekey/engine";
import { formatAmount, formatCount } from "../format/count.ts";
import { oneLine } from "../terminal/plain-text.ts";
import type { Style } from "../terminal/style.ts";

/** What there is to say of each process besides its line: what happened in it, and leases that are about to run out. */
export function workerNotes({ workers, controls }: StatusReport, style: Style): readonly string[] {
  return workers.flatMap((worker) => {
    const parts = [...countsOf(worker), ...leasesOf(worker, style)];
    const isBehind = worker.controls !== undefined && worker.controls < controls.revision;
    if (isBehind) parts.push("has not heard of the last change yet");
    return parts.length === 0 ? [] : [`  ${oneLine(`${worker.host}:${worker.pid}`)}: ${parts.join(", ")}`];
  });
}

function countsOf({ counts }: WorkerReport): string[] {
  if (!counts) return [];
  const { retries, raced, quarantined } = counts;
  return [
    ...(retries > 0 ? [formatAmount(retries, "retry", "retries")] : []),
    ...(raced > 0 ? [`${formatAmount(raced, "row")} won by the application`] : []),
    ...(quarantined > 0 ? [`${formatAmount(quarantined, "cell")} quarantined`] : []),
  ];
}

/** Leases are renewed when a third of their time is over: with less than a third left, something is wrong. */
function leasesOf({ leases, ageSeconds = 0 }: WorkerReport, style: Style): string[] {
  if (!leases) return [];
  const held = `${formatAmount(leases.held, "chunk")} in hand`;
  const leftMs = leases.soonestMs - ageSeconds * 1000;
  if (leftMs > leases.lengthMs / 3) return [held];
  const when = leftMs <= 0 ? "has run out" : `runs out in ${formatCount(Math.ceil(leftMs / 1000))} s`;
  return [held, style("yellow", `a lease ${when} unless it was renewed since`)];
}
