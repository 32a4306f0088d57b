// What users of @cassandra-rekey/core can reach. Generated from its declarations: `pnpm generate`.
// @cassandra-rekey/core is index.d.ts

// ---- cell-sink.d.ts

import type { TableShape } from "./table-shape.ts";
export type CellPart = {
    readonly field: string;
} | {
    readonly key: Uint8Array;
} | {
    readonly position: number;
} | {
    readonly element: Uint8Array;
};
export interface CellWrite {
    readonly column: string;
    readonly part?: CellPart;
    readonly value: Uint8Array;
    readonly timestamp: bigint;
    readonly ttl: number;
}
export interface Mutation {
    readonly token: bigint;
    readonly key: readonly Uint8Array[];
    readonly cells: readonly CellWrite[];
}
export interface ConditionalCell {
    readonly column: string;
    readonly part?: CellPart;
    readonly value: Uint8Array;
    readonly expected: Uint8Array;
    readonly ttl: number;
}
export type SoonSent = {
    readonly mutations: readonly Mutation[];
} | {
    readonly key: readonly Uint8Array[];
    readonly conditional: readonly ConditionalCell[];
};
export interface Groupable {
    readonly token: bigint;
    readonly bytes: number;
}
export interface CellSink {
    replicas?(table: TableShape, token: bigint): readonly string[];
    group<Item extends Groupable>(table: TableShape, items: readonly Item[]): readonly (readonly Item[])[];
    prepare?(table: TableShape, soon: SoonSent, signal: AbortSignal): Promise<void>;
    send(table: TableShape, mutations: readonly Mutation[], consistency: string, signal: AbortSignal): Promise<void>;
    compareAndSet(table: TableShape, key: readonly Uint8Array[], cells: readonly ConditionalCell[], consistency: string, signal: AbortSignal, serialConsistency?: string): Promise<"applied" | "lost" | "unknown">;
}

// ---- cell-source.d.ts

import type { TableShape } from "./table-shape.ts";
import type { TokenRange } from "./token-range.ts";
export declare const UNKNOWN_WRITETIME: bigint;
export interface Cell {
    readonly value: Uint8Array;
    readonly writetime: bigint;
    readonly ttl: number | undefined;
}
export interface ElementCell extends Cell {
    readonly column: number;
    readonly key: Uint8Array;
}
export interface Row {
    readonly token: bigint;
    readonly key: readonly Uint8Array[];
    readonly cells: readonly (Cell | undefined)[];
    readonly elements?: readonly ElementCell[];
    readonly label: Cell | undefined;
}
export type Cursor = string;
export interface Page {
    readonly rows: readonly Row[];
    readonly next: Cursor | undefined;
    readonly serverTimeMs: number | undefined;
    readonly bytes: number;
}
export interface PageRequest {
    readonly table: TableShape;
    readonly range: TokenRange;
    readonly cursor: Cursor | undefined;
    readonly maxRows: number;
    readonly consistency: string;
    readonly host?: string;
}
export interface CellSource {
    replicas?(request: PageRequest): readonly string[];
    page(request: PageRequest, signal: AbortSignal): Promise<Page>;
    row(table: TableShape, key: readonly Uint8Array[], consistency: string, signal: AbortSignal): Promise<{
        readonly row: Row;
        readonly serverTimeMs: number;
    } | undefined>;
}

// ---- cell.d.ts

export type CellForm = "text" | "binary";
export interface CellContext {
    readonly keyspace: string;
    readonly table: string;
    readonly column: string;
    readonly primaryKey: readonly Uint8Array[];
}
export interface SealedCell {
    readonly ciphertext: Uint8Array;
    readonly form: CellForm;
    readonly context: CellContext;
}
export interface ClearCell {
    readonly plaintext: Uint8Array;
    readonly form: CellForm;
    readonly context: CellContext;
}
export type Refusal = "not-this-format" | "not-authentic" | "corrupt";
export type Opened = {
    readonly plaintext: Uint8Array;
} | {
    readonly refused: Refusal;
};

// ---- change-signal.d.ts

export interface ChangeSignal {
    readonly changes: AsyncIterable<void>;
    tell(): void;
    end(): void;
}
export declare function changeSignal(): ChangeSignal;

// ---- clock.d.ts

export interface Clock {
    wallMs(): number;
    monotonicMs(): number;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
    timeout(ms: number): AbortSignal;
}

// ---- controls.d.ts

export declare const MOST_WORKERS = 1024;
export declare const MOST_IN_FLIGHT = 4096;
export interface ControlSettings {
    readonly workers?: number;
    readonly maxRowsPerSecond?: number;
    readonly thresholdMs?: number;
    readonly maxInFlight?: number;
}
export type ControlChange = {
    readonly [Name in keyof ControlSettings]: number | null;
};
export interface ControlRecord {
    readonly revision: number;
    readonly change: ControlChange;
    readonly by: string;
    readonly at: number;
}
export interface JobControls {
    readonly settings: ControlSettings;
    readonly revision: number;
    readonly history: readonly ControlRecord[];
}
export declare const NO_CONTROLS: JobControls;
export declare function tuned(before: JobControls, change: ControlChange, by: string, at: number): JobControls;

// ---- encryption-key.d.ts

import type { ClearCell, Opened, SealedCell } from "./cell.ts";
import type { KeyUsage } from "./key-usage.ts";
export interface EncryptionKey extends AsyncDisposable {
    readonly version: string;
    readonly authenticates: boolean;
    readonly writes: "ascii" | "binary" | "verbatim";
    identify?(ciphertext: Uint8Array): "mine" | "foreign" | "unknown";
    decrypt(batch: readonly SealedCell[], signal: AbortSignal): Promise<readonly Opened[]>;
    encrypt(batch: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]>;
    usage?(): KeyUsage;
}

// ---- error-catalogue.d.ts

interface CatalogueEntry {
    readonly summary: string;
    readonly hint: string;
    readonly retryable?: boolean;
}
export declare const CATALOGUE: Record<"CLUSTER.AUTHENTICATION" | "CLUSTER.INVALID_QUERY" | "CLUSTER.LOCAL_DC" | "CLUSTER.OVERLOADED" | "CLUSTER.READ_FAILED" | "CLUSTER.TIMEOUT" | "CLUSTER.TLS" | "CLUSTER.UNAUTHORIZED" | "CLUSTER.UNAVAILABLE" | "CLUSTER.UNREACHABLE" | "CLUSTER.UNSUPPORTED" | "CONFIG.INVALID" | "CONFIG.SECRET_MALFORMED" | "CONFIG.SECRET_MISSING" | "CONFIG.TABLE_MISMATCH" | "CONFIG.UNKNOWN_PART" | "CONFIG.UNREADABLE" | "HOOK.AUDIT_LOG" | "HOOK.FAILED" | "INTERNAL.INVARIANT" | "INTERRUPTED" | "JOB.AMBIGUOUS" | "JOB.CHUNKS_FAILED" | "JOB.NOT_FOUND" | "JOB.STATE" | "JOB.VETOED" | "JOB.WRONG_KEY" | "KEY.CANNOT_WIN" | "KEY.CONTRACT" | "KEY.DUPLICATE" | "KEY.INCONSISTENT" | "KEY.MISMATCH" | "KEY.REFUSED" | "KEY.UNAVAILABLE" | "OUTPUT.UNWRITABLE" | "PLUGIN.API_VERSION" | "PLUGIN.DUPLICATE" | "PLUGIN.INVALID" | "SCHEMA.DRIFT" | "SCHEMA.UNSUPPORTED" | "STATE.CORRUPT" | "STATE.NOT_INITIALISED" | "STATE.STORAGE" | "STATE.UNAVAILABLE" | "USAGE.INVALID", CatalogueEntry>;
export type ErrorCode = keyof typeof CATALOGUE;
export {};

// ---- hook.d.ts

import type { ControlSettings } from "./controls.ts";
import type { ChunkCounts, JobKind, JobState, QuarantineEntry } from "./job.ts";
import type { KeyServiceCall } from "./key-usage.ts";
import type { Totals } from "./totals.ts";
type JobEvent = {
    readonly type: "job.started";
    readonly jobId: string;
    readonly kind: JobKind;
    readonly tables: readonly string[];
}
 | {
    readonly type: "job.vetoed";
    readonly jobId: string;
    readonly hook: string;
    readonly reason: string;
} | {
    readonly type: "job.state";
    readonly jobId: string;
    readonly state: JobState;
    readonly reason?: string;
}
 | {
    readonly type: "job.tuned";
    readonly jobId: string;
    readonly revision: number;
    readonly settings: ControlSettings;
    readonly by: string;
    readonly tunedAt: number;
} | {
    readonly type: "job.finished";
    readonly jobId: string;
    readonly state: JobState;
    readonly totals: Totals;
}
 | {
    readonly type: "job.stopped";
    readonly jobId: string;
    readonly outcome: "interrupted" | "failed";
    readonly code?: string;
};
type TableEvent = {
    readonly type: "table.started";
    readonly jobId: string;
    readonly table: string;
    readonly chunks: ChunkCounts;
}
 | {
    readonly type: "table.progress";
    readonly jobId: string;
    readonly table: string;
    readonly chunks: ChunkCounts;
    readonly fraction: number;
}
 | {
    readonly type: "table.finished";
    readonly jobId: string;
    readonly table: string;
    readonly chunks: ChunkCounts;
    readonly totals: Totals;
};
interface OfChunk {
    readonly jobId: string;
    readonly table: string;
    readonly chunkId: number;
}
type ChunkEvent = ({
    readonly type: "chunk.claimed" ;
    readonly attempt: number;
} & OfChunk) | ({
    readonly type: "chunk.finished";
    readonly totals: Totals;
} & OfChunk)
 | ({
    readonly type: "chunk.released";
    readonly totals: Totals;
} & OfChunk) | ({
    readonly type: "chunk.failed";
    readonly code: string;
    readonly final: boolean;
} & OfChunk) | ({
    readonly type: "chunk.lost";
} & OfChunk)
 | ({
    readonly type: "lease.late";
    readonly leftMs: number;
} & OfChunk);
type PageEvent = ({
    readonly type: "page.done";
    readonly rows: number;
    readonly rekeyed: number;
    readonly raced: number;
    readonly bytes: number;
    readonly readMs: number;
    readonly sealMs: number;
    readonly writeMs: number;
} & OfChunk) | ({
    readonly type: "page.dropped";
    readonly ageMs: number;
} & OfChunk);
export type RekeyEvent = JobEvent | TableEvent | ChunkEvent | PageEvent | {
    readonly type: "retry";
    readonly jobId: string;
    readonly what: "read" | "write" | "keys";
    readonly code: string;
    readonly attempt: number;
} | {
    readonly type: "throttle";
    readonly jobId: string;
    readonly reason: string | undefined;
    readonly permits: number;
} | ({
    readonly type: "key.call";
    readonly jobId: string;
    readonly keyVersion: string;
    readonly keyring?: string;
} & KeyServiceCall) | {
    readonly type: "quarantine";
    readonly jobId: string;
    readonly entries: readonly QuarantineEntry[];
}
 | {
    readonly type: "hook.missed";
    readonly jobId: string;
    readonly hook: string;
    readonly events: number;
};
export type Verdict = {
    readonly allow: true;
} | {
    readonly allow: false;
    readonly reason: string;
};
export interface Hook extends AsyncDisposable {
    on(event: RekeyEvent, at: number): void | Promise<void>;
    gate?(start: {
        readonly jobId: string;
        readonly kind: JobKind;
    }, signal: AbortSignal): Promise<Verdict>;
}
export {};

// ---- index.d.ts

export type * from "./cell.ts";
export type * from "./cell-sink.ts";
export * from "./cell-source.ts";
export * from "./change-signal.ts";
export type * from "./clock.ts";
export * from "./controls.ts";
export type * from "./encryption-key.ts";
export { CATALOGUE, type ErrorCode } from "./error-catalogue.ts";
export type * from "./hook.ts";
export type * from "./job.ts";
export type * from "./key-check.ts";
export * from "./key-text.ts";
export type * from "./key-usage.ts";
export type * from "./logger.ts";
export * from "./outage.ts";
export * from "./plugin.ts";
export * from "./polling-throttle.ts";
export type * from "./random.ts";
export * from "./rekey-error.ts";
export * from "./simple-key.ts";
export type * from "./state-store.ts";
export type * from "./table-shape.ts";
export type * from "./throttle.ts";
export * from "./token-range.ts";
export * from "./tokens.ts";
export * from "./totals.ts";
export * from "./until-aborted.ts";
export * from "./variable-name.ts";

// ---- job.d.ts

import type { ScanKind } from "./table-shape.ts";
import type { TokenRange } from "./token-range.ts";
import type { Totals } from "./totals.ts";
export type JobKind = "rekey" | "dry-run" | "verify";
export type JobState = "planned" | "running" | "paused" | "done" | "failed";
export type WriteMode = "fenced" | "same-timestamp" | "lwt";
export interface SchemaSnapshot {
    readonly tableId: string;
    readonly partitionKey: readonly string[];
    readonly clusteringKey: readonly string[];
    readonly columns: readonly string[];
}
export interface JobTable {
    readonly id: string;
    readonly scan?: ScanKind;
    readonly keyspace: string | undefined;
    readonly name: string;
    readonly columns: readonly string[];
    readonly writeMode: WriteMode;
    readonly schema: SchemaSnapshot | undefined;
    readonly targetVersion?: string;
    readonly keyringTargets?: Readonly<Record<string, string>>;
    readonly plannedFor?: Readonly<Record<string, string>>;
    readonly replica?: string;
    readonly readConsistency?: string;
    readonly pythonFingerprint?: string;
    readonly chunks: number;
}
export interface Job {
    readonly id: string;
    readonly kind: JobKind;
    readonly state: JobState;
    readonly createdAt: number;
    readonly finishedAt?: number;
    readonly tables: readonly JobTable[];
    readonly origin: "cassandra-rekey" | "python";
}
export interface NewJob {
    readonly id: string;
    readonly drawn?: boolean;
    readonly kind: JobKind;
    readonly tables: readonly (Omit<JobTable, "chunks"> & {
        readonly ranges: readonly TokenRange[];
    })[];
}
export interface ChunkCounts {
    readonly pending: number;
    readonly running: number;
    readonly done: number;
    readonly failed: number;
}
export interface RowCounts {
    readonly scanned: number;
    readonly rekeyed: number;
    readonly skipped: number;
    readonly raced: number | null;
    readonly quarantined: number;
}
export interface TableProgress {
    readonly table: string;
    readonly chunks: ChunkCounts;
    readonly totals: Totals;
    readonly fraction: number;
    readonly lastError: string | undefined;
}
export interface QuarantineEntry {
    readonly table: string;
    readonly column: string;
    readonly key: readonly Uint8Array[];
    readonly reason: string;
    readonly writetime: bigint;
}
export interface WorkerReport {
    readonly worker: string;
    readonly host: string;
    readonly pid: number;
    readonly workers?: number;
    readonly scanned: number;
    readonly rowsPerSecond: number;
    readonly permits: number;
    readonly waiting: string | undefined;
    readonly counts?: {
        readonly retries: number;
        readonly raced: number;
        readonly quarantined: number;
    };
    readonly leases?: {
        readonly held: number;
        readonly soonestMs: number;
        readonly lengthMs: number;
    };
    readonly controls?: number;
    readonly ageSeconds?: number;
}

// ---- key-check.d.ts

export interface KeyCheck {
    readonly keyring: string;
    readonly version: string;
    readonly sealed: string;
    readonly host: string;
}

// ---- key-text.d.ts

export declare function encodeKey(key: readonly Uint8Array[]): string;
export declare function decodeKey(text: string): readonly Uint8Array[];

// ---- key-usage.d.ts

export interface KeyUsage {
    readonly calls: number;
    readonly cellsPerCall?: number;
    readonly price?: {
        readonly per10000: number;
        readonly currency: string;
        readonly source: string;
    };
}
export interface KeyServiceCall {
    readonly call: string;
    readonly outcome: "done" | "refused" | "failed";
    readonly ms: number;
}

// ---- logger.d.ts

export interface Logger {
    debug(fields: object, message: string): void;
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
}

// ---- outage.d.ts

export interface Outage {
    readonly node: string;
    readonly fromMs: number;
    readonly untilMs: number;
    readonly hintedMs: number;
    readonly sinceBefore?: true;
}
export declare function mergeOutages(a: readonly Outage[], b: readonly Outage[]): readonly Outage[];
export declare function outlastsHints({ fromMs, untilMs, hintedMs, sinceBefore }: Outage): boolean;

// ---- plugin.d.ts

import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { Clock } from "./clock.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { Hook } from "./hook.ts";
import type { KeyServiceCall } from "./key-usage.ts";
import type { Logger } from "./logger.ts";
import type { Random } from "./random.ts";
import type { StateStore } from "./state-store.ts";
import type { Throttle } from "./throttle.ts";
export declare const API_VERSION = 1;
export type SecretRef = {
    readonly env: string;
} | {
    readonly file: string;
};
export type OptionsSchema<Output = unknown> = StandardSchemaV1<unknown, Output> & StandardJSONSchemaV1<unknown, Output>;
export interface PluginContext {
    readonly logger: Logger;
    readonly clock: Clock;
    readonly random: Random;
    readonly signal: AbortSignal;
    secret(ref: SecretRef): Promise<Uint8Array>;
    cluster(): Promise<object>;
    readonly workers: number;
}
export interface KeyContext extends PluginContext {
    readonly keyVersion: string;
    readonly use: "target" | "previous";
    called?(call: KeyServiceCall): void;
}
export interface ThrottleContext extends PluginContext {
    readonly job: {
        readonly id: string;
        readonly tables: readonly {
            readonly keyspace: string;
            readonly name: string;
        }[];
    };
    liveWorkers(): number;
}
export interface HookContext extends PluginContext {
    readonly critical?: boolean;
}
export interface PluginPart<Product, Context extends PluginContext = PluginContext> {
    readonly options: OptionsSchema;
    create(options: unknown, ctx: Context): Promise<Product>;
}
export declare function definePart<Product, Options, Context extends PluginContext = PluginContext>(part: {
    readonly options: OptionsSchema<Options>;
    create(options: Options, ctx: Context): Promise<Product>;
}): PluginPart<Product, Context>;
export declare const defineProvider: <Options>(part: {
    readonly options: OptionsSchema<Options>;
    create(options: Options, ctx: KeyContext): Promise<EncryptionKey>;
}) => PluginPart<EncryptionKey, KeyContext>;
export declare const defineThrottle: <Options>(part: {
    readonly options: OptionsSchema<Options>;
    create(options: Options, ctx: ThrottleContext): Promise<Throttle>;
}) => PluginPart<Throttle, ThrottleContext>;
export declare const defineHook: <Options>(part: {
    readonly options: OptionsSchema<Options>;
    create(options: Options, ctx: HookContext): Promise<Hook>;
}) => PluginPart<Hook, HookContext>;
export interface PluginParts {
    readonly name: string;
    readonly providers?: Readonly<Record<string, PluginPart<EncryptionKey, KeyContext>>>;
    readonly stateStores?: Readonly<Record<string, PluginPart<StateStore>>>;
    readonly throttles?: Readonly<Record<string, PluginPart<Throttle, ThrottleContext>>>;
    readonly hooks?: Readonly<Record<string, PluginPart<Hook, HookContext>>>;
}
export interface Plugin extends PluginParts {
    readonly brand: string;
    readonly apiVersion: number;
}
export declare function definePlugin(parts: PluginParts): Plugin;
export declare function isPlugin(value: unknown): value is Plugin;

// ---- polling-throttle.d.ts

import type { Clock } from "./clock.ts";
import type { Limit, Sample, Throttle } from "./throttle.ts";
export interface Lookout {
    look(signal: AbortSignal): Promise<void>;
    limit(): Limit;
    observe?(sample: Sample): void;
}
export declare function pollingThrottle(lookout: Lookout, every: {
    readonly intervalMs: number;
    readonly clock: Pick<Clock, "sleep">;
}): Promise<Throttle>;

// ---- random.d.ts

export interface Random {
    bytes(length: number): Uint8Array;
    uuid(): string;
    fraction(): number;
}

// ---- rekey-error.d.ts

import { type ErrorCode } from "./error-catalogue.ts";
export interface RekeyErrorDetails {
    readonly hint?: string;
    readonly retryable?: boolean;
    readonly retryAfterMs?: number;
    readonly cause?: unknown;
    readonly problems?: readonly string[];
}
export declare class RekeyError extends Error {
    readonly name = "RekeyError";
    readonly code: ErrorCode;
    readonly hint: string;
    readonly retryable: boolean;
    readonly retryAfterMs: number | undefined;
    readonly problems: readonly string[];
    constructor(code: ErrorCode, message: string, details?: RekeyErrorDetails);
}
export declare function isRekeyError(error: unknown): error is RekeyError;

// ---- simple-key.d.ts

import type { EncryptionKey } from "./encryption-key.ts";
export interface SimpleKeyParts {
    readonly version: string;
    readonly decrypt: (ciphertext: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array | undefined>;
    readonly encrypt: (plaintext: Uint8Array) => Uint8Array | Promise<Uint8Array>;
    readonly authenticates?: boolean;
    readonly writes?: "ascii" | "binary";
}
export declare function simpleKey(parts: SimpleKeyParts): EncryptionKey;

// ---- state-store.d.ts

import type { Cursor } from "./cell-source.ts";
import type { ControlChange, JobControls } from "./controls.ts";
import type { Job, JobState, NewJob, QuarantineEntry, TableProgress, WorkerReport } from "./job.ts";
import type { KeyCheck } from "./key-check.ts";
import type { TokenRange } from "./token-range.ts";
import type { Totals } from "./totals.ts";
export interface Chunk {
    readonly jobId: string;
    readonly table: string;
    readonly id: number;
    readonly range: TokenRange;
    readonly cursor: Cursor | undefined;
    readonly totals: Totals;
    readonly attempt: number;
    readonly visit: number;
}
export interface Lease {
    readonly jobId: string;
    readonly table: string;
    readonly chunkId: number;
    readonly worker: string;
    readonly epoch: number;
}
export type Claim = {
    readonly kind: "chunk";
    readonly lease: Lease;
    readonly chunk: Chunk;
} | {
    readonly kind: "wait";
    readonly ms: number;
} | {
    readonly kind: "done";
};
export interface Checkpoint {
    readonly seq: number;
    readonly cursor: Cursor | undefined;
    readonly totals: Totals;
}
export type LeaseOutcome = "held" | "lost";
export interface InitReport {
    readonly changes: readonly string[];
}
export interface StateStore extends AsyncDisposable {
    readonly capabilities: {
        readonly manyHosts: boolean;
        readonly checkpointIntervalMs: number;
    };
    init(signal: AbortSignal): Promise<InitReport>;
    createJob(job: NewJob, signal: AbortSignal): Promise<void>;
    job(jobId: string, signal: AbortSignal): Promise<Job | undefined>;
    jobs(signal: AbortSignal): Promise<readonly Job[]>;
    transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal): Promise<{
        readonly applied: boolean;
        readonly state: JobState;
    }>;
    keepKeyChecks(jobId: string, checks: readonly KeyCheck[], signal: AbortSignal): Promise<readonly KeyCheck[]>;
    keyChecks(jobId: string, signal: AbortSignal): Promise<readonly KeyCheck[]>;
    claim(jobId: string, worker: string, leaseMs: number, signal: AbortSignal): Promise<Claim>;
    checkpoint(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome>;
    finish(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome>;
    release(lease: Lease, checkpoint: Checkpoint, signal: AbortSignal): Promise<LeaseOutcome>;
    fail(lease: Lease, checkpoint: Checkpoint, error: string, final: boolean, signal: AbortSignal): Promise<LeaseOutcome>;
    reopenYoung(jobId: string, signal: AbortSignal): Promise<number>;
    reopenFailed(jobId: string, signal: AbortSignal): Promise<number>;
    reclaim(jobId: string, idleMs: number, signal: AbortSignal): Promise<number>;
    progress(jobId: string, signal: AbortSignal): Promise<readonly TableProgress[]>;
    quarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void>;
    quarantined(jobId: string, signal: AbortSignal): AsyncIterable<QuarantineEntry>;
    unquarantine(jobId: string, entries: readonly QuarantineEntry[], signal: AbortSignal): Promise<void>;
    report(jobId: string, report: WorkerReport, signal: AbortSignal): Promise<void>;
    workers(jobId: string, signal: AbortSignal): Promise<readonly WorkerReport[]>;
    tune(jobId: string, change: ControlChange, by: string, signal: AbortSignal): Promise<JobControls>;
    controls(jobId: string, signal: AbortSignal): Promise<JobControls>;
}

// ---- table-shape.d.ts

import type { CellForm } from "./cell.ts";
export interface KeyColumn {
    readonly name: string;
    readonly type: string;
}
export type LeafTree = {
    readonly kind: "leaf";
    readonly form: CellForm ;
    readonly path: string;
}
 | {
    readonly kind: "list" | "map";
    readonly of: LeafTree;
}
 | {
    readonly kind: "set";
    readonly of: Extract<LeafTree, {
        readonly kind: "leaf";
    }>;
}
 | {
    readonly kind: "fields";
    readonly of: readonly (LeafTree | undefined)[];
};
export type ElementKind = "map-values" | "list-elements" | "set-elements";
export interface CellColumn extends KeyColumn {
    readonly form: CellForm;
    readonly leaves?: LeafTree;
    readonly part?: {
        readonly field: string;
    } | ElementKind;
    readonly untimed?: true;
}
export type ScanKind = "rows" | "partitions";
export interface TableShape {
    readonly keyspace: string;
    readonly name: string;
    readonly tableId: string;
    readonly partitionKey: readonly KeyColumn[];
    readonly clusteringKey: readonly KeyColumn[];
    readonly scan?: ScanKind;
    readonly columns: readonly CellColumn[];
    readonly label?: KeyColumn;
}
export interface ColumnSchema extends KeyColumn {
    readonly kind: "partition_key" | "clustering" | "regular" | "static";
    readonly position: number;
    readonly clusteringOrder: "asc" | "desc" | "none";
    readonly masked: boolean;
}
export interface UserType {
    readonly name: string;
    readonly fields: readonly KeyColumn[];
}
export interface TableSchema {
    readonly keyspace: string;
    readonly name: string;
    readonly tableId: string;
    readonly columns: readonly ColumnSchema[];
    readonly majorVersion?: number;
    readonly types?: readonly UserType[];
    readonly indexes: readonly {
        readonly name: string;
        readonly kind: string;
        readonly target: string;
    }[];
    readonly views: readonly string[];
    readonly flags: readonly string[];
    readonly gcGraceSeconds: number;
    readonly defaultTimeToLive: number;
    readonly compaction: string;
    readonly cdc: boolean;
}

// ---- throttle.d.ts

import type { ControlSettings } from "./controls.ts";
export type Reason = string;
export interface Limit {
    readonly inFlight?: number;
    readonly rowsPerSecond?: number;
    readonly bytesPerSecond?: number;
    readonly perHost?: ReadonlyMap<string, number>;
    readonly hold?: Reason;
    readonly pause?: Reason;
    readonly reason?: Reason;
}
export interface Sample {
    readonly kind: "read" | "write";
    readonly rows: number;
    readonly bytes: number;
    readonly latencyMs: number;
    readonly error?: string;
    readonly replicas?: readonly string[];
}
export interface Throttle extends AsyncDisposable {
    limit(): Limit;
    observe(sample: Sample): void;
    tune?(settings: Pick<ControlSettings, "thresholdMs">): boolean;
    readonly changes?: AsyncIterable<void>;
}

// ---- token-range.d.ts

export declare const MIN_TOKEN: bigint;
export declare const MAX_TOKEN: bigint;
export interface TokenRange {
    readonly after: bigint;
    readonly upTo: bigint;
}
export declare function ringFraction(range: TokenRange): number;

// ---- tokens.d.ts

import type { CellSink } from "./cell-sink.ts";
import type { CellSource } from "./cell-source.ts";
import type { Clock } from "./clock.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { Hook } from "./hook.ts";
import type { Logger } from "./logger.ts";
import type { Random } from "./random.ts";
import type { StateStore } from "./state-store.ts";
import type { Throttle } from "./throttle.ts";
export type Token<_Value> = symbol & {
    readonly __value?: _Value;
};
export declare const TOKENS: {
    readonly clock: Token<Clock>;
    readonly random: Token<Random>;
    readonly logger: Token<Logger>;
    readonly stateStore: Token<StateStore>;
    readonly cellSource: Token<CellSource>;
    readonly cellSink: Token<CellSink>;
    readonly throttles: Token<readonly Throttle[]>;
    readonly hooks: Token<readonly {
        readonly name: string;
        readonly hook: Hook;
    }[]>;
    readonly targetKey: Token<EncryptionKey>;
    readonly previousKeys: Token<readonly EncryptionKey[]>;
    readonly namedKeys: Token<ReadonlyMap<string, {
        readonly target: EncryptionKey;
        readonly previous: readonly EncryptionKey[];
    }>>;
};

// ---- totals.d.ts

import { type Outage } from "./outage.ts";
export interface CensusEntry {
    readonly column: string;
    readonly keyVersion: string;
    readonly cells: number;
    readonly newestWritetime: bigint;
}
export declare const UNKNOWN_VERSION = "(unknown)";
export interface Totals {
    readonly scanned: number;
    readonly rekeyed: number;
    readonly skipped: number;
    readonly raced: number;
    readonly quarantined: number;
    readonly cellsRekeyed: number;
    readonly young: number;
    readonly bytes: number;
    readonly census: readonly CensusEntry[];
    readonly outages?: readonly Outage[];
}
export declare const ZERO_TOTALS: Totals;
export declare function addTotals(a: Totals, b: Totals): Totals;
export declare function sumTotals(all: Iterable<Totals>): Totals;
export declare function encodeTotals(totals: Totals): string;
export declare function decodeTotals(text: string | null | undefined): Totals;

// ---- until-aborted.d.ts

export declare function untilAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result>;

// ---- variable-name.d.ts

export declare const VARIABLE_NAME: RegExp;
export declare const NO_VARIABLE_NAME = "must be the name of an environment variable, never the secret itself";
