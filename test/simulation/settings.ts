import type { Settings } from "../../packages/engine/src/config/settings.ts";
import { PART_COLUMNS, ROW_COLUMNS, STATIC_COLUMN } from "./rows.ts";
import type { Scenario } from "./scenario.ts";

/** Milliseconds, as it is by default. */
export const SETTLE_MS = 10_000;

/** The configuration of a scenario's processes. */
export function settingsOf(scenario: Scenario): Settings {
  const part = { options: {}, at: [] };
  return {
    cluster: {
      contactPoints: [{ host: "simulated", port: 9042 }],
      port: 9042,
      keyspace: "app",
      requestTimeoutMs: 10_000,
    },
    state: { ...part, type: "memory" },
    keys: {
      target: { ...part, type: "simulated", version: "new" },
      previous: [{ ...part, type: "simulated", version: "old" }],
    },
    tables: [
      {
        name: "users",
        keyspace: "app",
        encryptedColumns: [
          ...ROW_COLUMNS,
          ...(scenario.parts ? PART_COLUMNS : []),
          ...(scenario.statics.length > 0 ? [STATIC_COLUMN] : []),
        ],
        keyVersionColumn: "key_version",
        keyVersionColumnConfigured: false,
        chunks: scenario.chunks,
        writeMode: scenario.mode,
        consistency: { read: "LOCAL_QUORUM", write: "LOCAL_QUORUM" },
        accept: [],
        at: [],
      },
    ],
    execution: {
      workers: scenario.lanes,
      pageSize: scenario.pageSize,
      pageBytes: 1024 * 1024,
      maxAttempts: 4,
      maxSweeps: 5,
      dryRun: false,
      stuckChunkSeconds: 600,
      settleSeconds: SETTLE_MS / 1000,
      maxWriteAgeSeconds: 30,
      maxQuarantined: 10_000,
      maxKeyOutageSeconds: 86_400,
      leaseSeconds: scenario.leaseSeconds,
      checkpointIntervalMs: scenario.checkpointIntervalMs,
      maxInFlight: scenario.maxInFlight,
    },
    throttles: [],
    hooks: [],
  };
}
