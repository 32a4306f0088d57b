import type { RunReport } from "@cassandra-rekey/engine";
import { censusToJson } from "./census-json.ts";
import { tableToJson } from "./table-json.ts";

/** What `run` prints with `--json`. */
export function runToJson(report: RunReport): object {
  const { totals } = report;
  return {
    jobId: report.jobId,
    kind: report.kind,
    outcome: report.outcome,
    tables: report.tables.map(tableToJson),
    totals: {
      scanned: totals.scanned,
      rekeyed: totals.rekeyed,
      skipped: totals.skipped,
      raced: totals.raced,
      quarantined: totals.quarantined,
      cellsRekeyed: totals.cellsRekeyed,
      bytes: totals.bytes,
    },
    census: censusToJson(report.census),
    quarantined: report.quarantined,
    young: report.young,
    elapsedMs: report.elapsedMs,
    scanned: report.scanned,
    estimateMs: report.estimateMs ?? null,
    notes: report.notes,
    ...(report.stored && {
      stored: true,
      finishedAt: report.finishedAt === undefined ? null : new Date(report.finishedAt).toISOString(),
    }),
    ...(report.sweeps && { sweeps: report.sweeps }),
  };
}
