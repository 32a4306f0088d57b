import type { DoctorReport } from "@cassandra-rekey/engine";

/** What `doctor` prints with `--json`. */
export function doctorToJson(report: DoctorReport): object {
  return {
    ok: report.ok,
    checks: report.checks.map(({ level, check, table, message, next }) => ({
      level,
      check,
      table: table ?? null,
      message,
      next: next ?? null,
    })),
    ...(report.estimates && {
      estimates: report.estimates.map((estimate) => ({
        ...estimate,
        durationMs: Math.round(estimate.durationMs),
      })),
    }),
  };
}
