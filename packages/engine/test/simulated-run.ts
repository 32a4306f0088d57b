import { snapshotOf } from "@cassandra-rekey/cassandra";
import type { CellSink, CellSource, JobKind, StateStore, Throttle, WriteMode } from "@cassandra-rekey/core";
import { ManualClock, MemoryCluster, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { vi } from "vitest";
import type { ExecutionSettings, Settings } from "../src/config/settings.ts";
import type { RunRequest } from "../src/engine.ts";
import type { NamedHook } from "../src/hooks/hook-dispatcher.ts";
import { Keyrings } from "../src/keyring/keyrings.ts";
import { splitRing } from "../src/planner/split-ring.ts";
import { runJob } from "../src/run-job.ts";
import type { RunParts } from "../src/run-parts.ts";
import { jobTableId } from "../src/tables/job-table-id.ts";
import { tablePasses, touchedColumns } from "../src/tables/table-passes.ts";
import { testKey } from "./test-keys.ts";

/** How a simulated run differs from the usual one. */
export interface RunOptions {
  readonly execution?: Partial<ExecutionSettings>;
  readonly chunks?: number;
  readonly kind?: JobKind;
  readonly writeMode?: WriteMode;
  readonly label?: string;
  /** Encrypted static columns, beside the regular ones. */
  readonly statics?: readonly string[];
  readonly gcGraceSeconds?: number;
  /** How far the cluster's clock is ahead of this host's, milliseconds. */
  readonly aheadMs?: number;
  /** Milliseconds from here to the cluster, and as many back. */
  readonly latencyMs?: number;
  readonly seed?: number;
  readonly throttles?: readonly Throttle[];
  readonly hooks?: readonly NamedHook[];
  readonly sink?: (sink: CellSink) => CellSink;
  readonly source?: (source: CellSource) => CellSource;
}

const EXECUTION: ExecutionSettings = {
  workers: 4,
  pageSize: 20,
  pageBytes: 1024 * 1024,
  maxAttempts: 3,
  maxSweeps: 5,
  dryRun: false,
  stuckChunkSeconds: 600,
  settleSeconds: 10,
  maxWriteAgeSeconds: 30,
  maxQuarantined: 10_000,
  maxKeyOutageSeconds: 86_400,
  leaseSeconds: 60,
  checkpointIntervalMs: 100,
  maxInFlight: 16,
};

/** A planned job over one table of an in-memory cluster, and `run`, which carries it out in virtual time. */
export async function openRun(options: RunOptions = {}) {
  const clock = new ManualClock();
  const random = new SeededRandom(options.seed ?? 1);
  const { aheadMs = 0, latencyMs = 1 } = options;
  const cluster = new MemoryCluster(clock.time, { aheadMs, latencyMs });
  const table = cluster.createTable({
    columns: ["email", "phone"],
    ...(options.statics && { statics: options.statics }),
    ...(options.label !== undefined && { label: options.label }),
    ...(options.gcGraceSeconds !== undefined && { gcGraceSeconds: options.gcGraceSeconds }),
  });
  const store = new MemoryStateStore(clock, random);
  const settings = settingsOf(options);
  const [configured] = settings.tables;
  const { signal } = new AbortController();
  /** Plans one more job over the same table. */
  const plan = (id: string) =>
    store.createJob(
      {
        id,
        kind: options.kind ?? "rekey",
        tables: tablePasses(configured!, table.schema).map((pass) => ({
          id: jobTableId(settings, configured!, pass.scan),
          scan: pass.scan,
          keyspace: "app",
          name: "users",
          columns: pass.columns,
          writeMode: configured!.writeMode,
          schema: snapshotOf(table.schema, touchedColumns(pass)),
          ranges: splitRing(options.chunks ?? 8),
        })),
      },
      signal,
    );
  await plan("j");
  const parts = (pid: number): RunParts => ({
    settings,
    store: store as StateStore,
    keyrings: new Keyrings({ target: testKey("new"), previous: [testKey("old")] }),
    source: options.source?.(cluster) ?? cluster,
    sink: options.sink?.(cluster) ?? cluster,
    readSchema: async () => table.schema,
    throttles: options.throttles ?? [],
    hooks: options.hooks ?? [],
    clock,
    random,
    logger: { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() },
    identity: { host: "here", pid },
  });
  /** Starts one more process on a job. */
  const start = async (request: RunRequest = {}, changes: Partial<RunParts> = {}) => {
    const job = (await store.job(request.jobId ?? "j", signal))!;
    return runJob({ ...parts(random.integer(1e6)), ...changes }, job, request);
  };
  const run = (request?: RunRequest, changes?: Partial<RunParts>) => clock.run(start(request, changes));
  const progress = async () => (await store.progress("j", signal))[0]!;
  const state = async () => (await store.job("j", signal))!.state;
  return { clock, random, cluster, table, store, settings, signal, plan, parts, start, run, progress, state };
}

/** A simulated run. */
export type SimulatedRun = Awaited<ReturnType<typeof openRun>>;

/** Settings with one table, `app.users`. */
export function settingsOf(options: RunOptions): Settings {
  const part = { options: {}, at: [] };
  return {
    cluster: {
      contactPoints: [{ host: "memory", port: 9042 }],
      port: 9042,
      keyspace: "app",
      requestTimeoutMs: 10_000,
    },
    state: { ...part, type: "memory" },
    keys: {
      target: { ...part, type: "test", version: "new" },
      previous: [{ ...part, type: "test", version: "old" }],
    },
    tables: [
      {
        name: "users",
        keyspace: "app",
        encryptedColumns: ["email", "phone", ...(options.statics ?? [])],
        keyVersionColumn: options.label ?? "key_version",
        keyVersionColumnConfigured: false,
        chunks: options.chunks ?? 8,
        writeMode: options.writeMode ?? "fenced",
        consistency: { read: "LOCAL_QUORUM", write: "LOCAL_QUORUM" },
        accept: [],
        at: [],
      },
    ],
    execution: { ...EXECUTION, ...options.execution },
    throttles: [],
    hooks: [],
  };
}
