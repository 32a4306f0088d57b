import { type RekeyEvent, type Totals, ZERO_TOTALS } from "@cassandra-rekey/core";

const jobId = "6f1c9a52-7f0e-4a55-9a41-5d3c1e2b7a90";
const table = "customer";

/** A primary key that no output but the quarantine may show. */
export const PRIMARY_KEY = "jane.doe@example.com";

const totals: Totals = {
  ...ZERO_TOTALS,
  scanned: 1000,
  rekeyed: 990,
  skipped: 9,
  quarantined: 1,
  cellsRekeyed: 1980,
  bytes: 100_000,
  census: [{ column: "email", keyVersion: "v1", cells: 990, newestWritetime: 2n ** 60n }],
};

type EventOf<Type> = Extract<RekeyEvent, { readonly type: Type }>;

const chunks = { pending: 8, running: 1, done: 1, failed: 0 };
const chunkOf = (chunkId: number) => ({ jobId, table, chunkId });

/** One event of each type. */
const EVENTS: { readonly [Type in RekeyEvent["type"]]: EventOf<Type> } = {
  "job.vetoed": { type: "job.vetoed", jobId, hook: "freeze", reason: "it is Friday" },
  "job.started": { type: "job.started", jobId, kind: "rekey", tables: [table] },
  "job.state": { type: "job.state", jobId, state: "running" },
  "job.tuned": {
    type: "job.tuned",
    jobId,
    revision: 2,
    settings: { workers: 4, maxRowsPerSecond: 500 },
    by: "ann@pod-1",
    tunedAt: 1_764_000_000_000,
  },
  "table.started": { type: "table.started", jobId, table, chunks },
  "table.progress": { type: "table.progress", jobId, table, chunks, fraction: 0.125 },
  "chunk.claimed": { type: "chunk.claimed", ...chunkOf(7), attempt: 0 },
  "key.call": { type: "key.call", jobId, keyVersion: "v2", call: "unwrap", outcome: "done", ms: 21 },
  "page.done": {
    type: "page.done",
    ...chunkOf(7),
    rows: 1000,
    rekeyed: 990,
    raced: 3,
    bytes: 100_000,
    readMs: 12.5,
    sealMs: 8,
    writeMs: 33,
  },
  "page.dropped": { type: "page.dropped", ...chunkOf(7), ageMs: 31_000 },
  retry: { type: "retry", jobId, what: "read", code: "CLUSTER.TIMEOUT", attempt: 2 },
  throttle: { type: "throttle", jobId, reason: "read p99 61 ms > 50 ms for 12 s", permits: 8 },
  quarantine: {
    type: "quarantine",
    jobId,
    entries: [
      {
        table,
        column: "email",
        key: [Buffer.from(PRIMARY_KEY)],
        reason: "no key opens it",
        writetime: 2n ** 60n,
      },
    ],
  },
  "lease.late": { type: "lease.late", ...chunkOf(7), leftMs: 20_000 },
  "chunk.lost": { type: "chunk.lost", ...chunkOf(7) },
  "chunk.released": { type: "chunk.released", ...chunkOf(10), totals },
  "chunk.failed": { type: "chunk.failed", ...chunkOf(8), code: "CLUSTER.TIMEOUT", final: true },
  "chunk.finished": { type: "chunk.finished", ...chunkOf(9), totals },
  "table.finished": {
    type: "table.finished",
    jobId,
    table,
    chunks: { pending: 0, running: 0, done: 9, failed: 1 },
    totals,
  },
  "hook.missed": { type: "hook.missed", jobId, hook: "slow", events: 17 },
  "job.stopped": { type: "job.stopped", jobId, outcome: "failed", code: "STATE.UNAVAILABLE" },
  "job.finished": { type: "job.finished", jobId, state: "done", totals },
};

/** One event of each type, in an order in which a run could have them, frozen to the last field. */
export const SAMPLE_EVENTS: readonly RekeyEvent[] = Object.values(EVENTS).map(frozen);

/** A type that a later version of core may have. */
export const UNKNOWN_EVENT = frozen({ type: "moon.risen", jobId }) as unknown as RekeyEvent;

function frozen<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
