import { mergeOutages, type Outage, outlastsHints, type TableProgress } from "@cassandra-rekey/core";
import { durationText } from "../age-text.ts";

/** The outages during a job that hints do not make up for. */
export function missedWrites(progress: readonly TableProgress[]): readonly Outage[] {
  return progress
    .reduce<readonly Outage[]>((all, { totals }) => mergeOutages(all, totals.outages ?? []), [])
    .filter(outlastsHints);
}

/** An outage as people read it. */
export function outageText({ node, fromMs, untilMs, hintedMs, sinceBefore }: Outage): string {
  const length = durationText((untilMs - fromMs) / 1000);
  const hints =
    hintedMs === 0 ? "and no hints are kept" : `and hints are kept for ${durationText(hintedMs / 1000)}`;
  const before = sinceBefore ? ", and nobody knows how long before," : "";
  return `${node} was down for at least ${length}${before} ${hints}`;
}
