import type { VerifyReport } from "@cassandra-rekey/engine";
import { censusToJson } from "./census-json.ts";

/** What `verify` prints with `--json`. */
export function verifyToJson(report: VerifyReport): object {
  return {
    jobId: report.jobId,
    outcome: report.outcome,
    finishedAt: report.finishedAt === undefined ? null : new Date(report.finishedAt).toISOString(),
    stored: report.stored,
    clean: report.clean,
    targetVersion: report.targetVersion,
    census: censusToJson(report.census),
    quarantined: report.quarantined,
    findings: report.findings,
    repairs: report.repairs,
    remnants: report.remnants.map(({ keyspace, table, what, command }) => ({
      keyspace,
      table,
      what,
      command,
    })),
  };
}
