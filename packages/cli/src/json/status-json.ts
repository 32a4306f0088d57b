import type { StatusReport } from "@cassandra-rekey/engine";
import { tableToJson } from "./table-json.ts";
import { controlsToJson } from "./tune-json.ts";

/** What `status`, `pause` and `resume` print with `--json`. */
export function statusToJson(report: StatusReport): object {
  return {
    jobId: report.jobId,
    kind: report.kind,
    state: report.state,
    createdAt: new Date(report.createdAt).toISOString(),
    origin: report.origin,
    tables: report.tables.map(tableToJson),
    workers: report.workers.map((worker) => ({
      worker: worker.worker,
      host: worker.host,
      pid: worker.pid,
      scanned: worker.scanned,
      rowsPerSecond: worker.rowsPerSecond,
      permits: worker.permits,
      waiting: worker.waiting ?? null,
      ageSeconds: worker.ageSeconds ?? null,
      counts: worker.counts ?? null,
      leases: worker.leases ?? null,
    })),
    quarantined: report.quarantined,
    outages: report.outages,
    controls: controlsToJson(report.controls),
  };
}
