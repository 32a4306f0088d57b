import { type Job, UNKNOWN_VERSION } from "@cassandra-rekey/core";
import { newestText } from "./age-text.ts";
import type { IsTarget } from "./keyring/column-keyring.ts";
import type { CensusLine, RunReport, VerifyReport } from "./reports.ts";

/** A previous key that protected a cell written this recently is still in use. */
const STILL_WRITING_SECONDS = 600;

/** The keys that cells should be under. */
export interface VerifyTargets {
  /** For people. */
  readonly text: string;
  readonly isTarget: IsTarget;
}

/** What a finished verification says: clean when every cell is under its target key. */
export function verifyReport(
  job: Job,
  run: RunReport,
  { text, isTarget }: VerifyTargets,
  wallMs: number,
): Omit<VerifyReport, "remnants" | "repairs"> {
  const stale = run.census.filter((line) => !isTarget(line));
  const stored = job.state === "done";
  const finishedAt = stored ? job.finishedAt : wallMs;
  return {
    jobId: job.id,
    outcome: run.outcome,
    ...(run.outcome === "done" && finishedAt !== undefined && { finishedAt }),
    stored,
    clean: run.outcome === "done" && stale.length === 0,
    census: run.census,
    quarantined: run.census.reduce(
      (sum, line) => sum + (line.keyVersion === UNKNOWN_VERSION ? line.cells : 0),
      0,
    ),
    targetVersion: text,
    findings: stale.map((line) => finding(line, wallMs)),
  };
}

function finding(line: CensusLine, wallMs: number): string {
  const on = line.replica === undefined ? "" : ` on ${line.replica}`;
  const place = `${line.keyspace}.${line.table}.${line.column}${on}`;
  const cells = `${line.cells} ${line.cells === 1 ? "cell" : "cells"}`;
  const ageSeconds = Math.round((wallMs - Number(line.newestWritetime / 1000n)) / 1000);
  const newest = newestText(line.newestWritetime, wallMs);
  if (line.keyVersion === UNKNOWN_VERSION)
    return `${place}: ${cells} that no key of the keyring opens: ${newest}`;
  const writer =
    Math.abs(ageSeconds) < STILL_WRITING_SECONDS
      ? "some application still writes with the old key"
      : "still under the old key";
  return `${place}: ${cells} ${line.keyVersion}: ${writer}: ${newest}`;
}
