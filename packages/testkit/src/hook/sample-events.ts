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

/** One event of each type. */
const EVENTS: { readonly [Type in RekeyEvent["type"]]: EventOf<Type> } = {
  "job.started": { type: "job.started", jobId, kind: "rekey", tables: [table] },
  "job.state": { type: "job.state", jobId, state: "running" },
  "chunk.claimed": { type: "chunk.claimed", jobId, table, chunkId: 7 },
  "page.done": {
    type: "page.done",
    jobId,
    table,
    rows: 1000,
    rekeyed: 990,
    bytes: 100_000,
    readMs: 12.5,
    writeMs: 33,
  },
  "page.dropped": { type: "page.dropped", jobId, table, ageMs: 31_000 },
  retry: { type: "retry", jobId, what: "page", code: "CLUSTER.TIMEOUT", attempt: 2 },
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
  "chunk.lost": { type: "chunk.lost", jobId, table, chunkId: 7 },
  "chunk.failed": { type: "chunk.failed", jobId, table, chunkId: 8, code: "CLUSTER.TIMEOUT", final: true },
  "chunk.finished": { type: "chunk.finished", jobId, table, chunkId: 9, totals },
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
