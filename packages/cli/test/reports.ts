import { NO_CONTROLS } from "@cassandra-rekey/core";
import type {
  RunProgress,
  RunReport,
  StatusReport,
  StatusTable,
  VerifyReport,
} from "@cassandra-rekey/engine";

export const JOB_ID = "0b4f2f6e-6f7a-4a52-9d6f-0f6a5d1f3c11";

export const usersTable: StatusTable = {
  keyspace: "app",
  name: "users",
  chunks: { pending: 3, running: 1, done: 12, failed: 0 },
  rows: { scanned: 120_000, rekeyed: 119_000, skipped: 1000, raced: null, quarantined: 0 },
  young: 0,
  fraction: 0.75,
  lastError: undefined,
};

export function statusReport(changes: Partial<StatusReport> = {}): StatusReport {
  return {
    jobId: JOB_ID,
    kind: "rekey",
    state: "running",
    createdAt: Date.UTC(2026, 10, 24, 12, 0, 0),
    origin: "cassandra-rekey",
    tables: [usersTable],
    workers: [
      {
        worker: "w1",
        host: "pod-1",
        pid: 17,
        scanned: 60_000,
        rowsPerSecond: 8150.4,
        permits: 4,
        waiting: "read p99 61 ms is above 50 ms",
        ageSeconds: 2,
      },
    ],
    quarantined: 0,
    outages: [],
    controls: NO_CONTROLS,
    ...changes,
  };
}

export function runProgress(changes: Partial<RunProgress> = {}): RunProgress {
  return {
    jobId: JOB_ID,
    kind: "rekey",
    state: "running",
    phase: "sweep",
    tables: [usersTable],
    rowsPerSecond: 16_300,
    etaMs: 125_000,
    permits: 16,
    waiting: undefined,
    ...changes,
  };
}

export function runReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    jobId: JOB_ID,
    kind: "rekey",
    outcome: "done",
    tables: [usersTable],
    totals: {
      scanned: 120_000,
      rekeyed: 119_000,
      skipped: 1000,
      raced: 0,
      quarantined: 0,
      cellsRekeyed: 238_000,
      young: 0,
      bytes: 24_000_000,
      census: [],
    },
    census: [
      {
        keyspace: "app",
        table: "users",
        column: "email",
        keyVersion: "v1",
        cells: 119_000,
        newestWritetime: 1_764_000_000_000_000n,
      },
    ],
    quarantined: 0,
    young: 0,
    elapsedMs: 8000,
    scanned: 120_000,
    estimateMs: undefined,
    notes: [],
    ...changes,
  };
}

export function verifyReport(changes: Partial<VerifyReport> = {}): VerifyReport {
  return {
    jobId: JOB_ID,
    outcome: "done",
    finishedAt: Date.UTC(2026, 10, 24, 12, 53, 11),
    stored: false,
    clean: true,
    census: [
      {
        keyspace: "app",
        table: "users",
        column: "email",
        keyVersion: "v2",
        cells: 120_000,
        newestWritetime: 1_764_000_000_000_001n,
      },
    ],
    quarantined: 0,
    targetVersion: "v2",
    findings: [],
    repairs: [],
    remnants: [],
    ...changes,
  };
}
