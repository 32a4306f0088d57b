import { UNKNOWN_VERSION } from "@cassandra-rekey/core";
import { newestText } from "../age-text.ts";
import type { IsTarget } from "../keyring/column-keyring.ts";
import type { CensusLine, RunReport } from "../reports.ts";

/** What a sweep is judged by. */
export interface SweepScene {
  readonly isTarget: IsTarget;
  readonly number: number;
  readonly wallMs: number;
  /** How long ago the sweep before this one began, milliseconds; `undefined` on the first. */
  readonly sincePreviousMs: number | undefined;
}

/** Whether a whole sweep found nothing to rewrite. */
export function foundNothing(report: RunReport, isTarget: IsTarget): boolean {
  const { cellsRekeyed, young } = report.totals;
  return (
    report.outcome === "done" && cellsRekeyed === 0 && young === 0 && stale(report, isTarget).length === 0
  );
}

/** Whether another sweep would only find the same: what is left cannot be rewritten. */
export function isStuck({ totals, quarantined }: RunReport): boolean {
  return totals.cellsRekeyed === 0 && totals.young === 0 && quarantined > 0;
}

/** What keeps a job from being clean, one line for each column and key version. */
export function sweepFindings(report: RunReport, scene: SweepScene): readonly string[] {
  return stale(report, scene.isTarget).map((line) => finding(line, scene));
}

function finding(line: CensusLine, { number, wallMs, sincePreviousMs }: SweepScene): string {
  const ageMs = wallMs - Number(line.newestWritetime / 1000n);
  const newest = newestText(line.newestWritetime, wallMs);
  const found = `${line.keyspace}.${line.table}.${line.column}: sweep ${number} found ${line.cells} ${line.cells === 1 ? "cell" : "cells"} under ${line.keyVersion}`;
  // What the sweep before has passed and now is under the old key again was written since; one dated far ahead need not be.
  if (sincePreviousMs === undefined || Math.abs(ageMs) > sincePreviousMs) return `${found}: ${newest}`;
  const perMinute = line.cells / (sincePreviousMs / 60_000);
  const rate = perMinute < 10 ? perMinute.toFixed(1) : String(Math.round(perMinute));
  return `${found}, about ${rate} a minute: an application instance still writes with it: ${newest}`;
}

function stale(report: RunReport, isTarget: IsTarget): readonly CensusLine[] {
  return report.census.filter((line) => !isTarget(line) && line.keyVersion !== UNKNOWN_VERSION);
}
