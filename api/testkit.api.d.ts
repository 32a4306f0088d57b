// What users of @cassandra-rekey/testkit can reach. Generated from its declarations: `pnpm generate`.
// @cassandra-rekey/testkit is index.d.ts
// @cassandra-rekey/testkit/aws-kms is kms/aws/index.d.ts
// @cassandra-rekey/testkit/gcp-kms is kms/gcp/index.d.ts

// ---- hook/conformance.d.ts

import type { Hook } from "@cassandra-rekey/core";
export interface HookConformance {
    readonly name: string;
    readonly create: () => Promise<Hook>;
    readonly output?: () => Promise<string>;
}

// ---- hook/describe-hook.d.ts

import type { TestRunner } from "../test-runner.ts";
import type { HookConformance } from "./conformance.ts";
export declare function describeHook(runner: TestRunner, conformance: HookConformance): void;

// ---- hook/sample-events.d.ts

import { type RekeyEvent } from "@cassandra-rekey/core";
export declare const PRIMARY_KEY = "jane.doe@example.com";
export declare const SAMPLE_EVENTS: readonly RekeyEvent[];
export declare const UNKNOWN_EVENT: RekeyEvent;

// ---- index.d.ts

export type { HookConformance } from "./hook/conformance.ts";
export { describeHook } from "./hook/describe-hook.ts";
export { SAMPLE_EVENTS } from "./hook/sample-events.ts";
export { type CutWay, type TcpAddress, TcpProxy } from "./network/tcp-proxy.ts";
export { hookContext, keyContext, pluginContext, throttleContext } from "./plugin-context.ts";
export { checkPluginPackage, pluginPackageProblems } from "./plugin-package/check-plugin-package.ts";
export type { ProviderConformance } from "./provider/conformance.ts";
export { describeEncryptionProvider } from "./provider/describe-encryption-provider.ts";
export { openProviderKey, openTexts, sealTexts } from "./provider/key-handle.ts";
export { REAL_TIME } from "./real-time.ts";
export * from "./simulation/index.ts";
export type { StateStoreConformance, StoreStorage } from "./state-store/conformance.ts";
export { describeStateStore } from "./state-store/describe-state-store.ts";
export type { TestRunner } from "./test-runner.ts";
export type { ThrottleConformance } from "./throttle/conformance.ts";
export { describeThrottle } from "./throttle/describe-throttle.ts";
export { type QueueServer, QueueSimulation, type SimulatedSecond, } from "./throttle/queue-simulation.ts";

// ---- kms/aws/aws-keys.d.ts

export interface AwsKey {
    readonly id: string;
    readonly arn: string;
    readonly region: string;
    readonly multiRegion: boolean;
    readonly material: Buffer[];
    state: "Enabled" | "Disabled" | "PendingDeletion";
}
export declare class AwsKeys {
    #private;
    create(region: string, { multiRegion }?: {
        readonly multiRegion?: boolean;
    }): AwsKey;
    replicate(key: AwsKey, region: string): AwsKey;
    rotate(key: AwsKey): void;
    alias(name: string, key: AwsKey): void;
    find(region: string, keyId: unknown): AwsKey;
    byId(region: string, id: string): AwsKey | undefined;
}
export declare function usable(key: AwsKey): AwsKey;

// ---- kms/aws/aws-kms-server.d.ts

import { CallLog } from "../call-log.ts";
import { Faults } from "../faults.ts";
import { AwsKeys } from "./aws-keys.ts";
export declare class AwsKmsServer implements AsyncDisposable {
    #private;
    readonly keys: AwsKeys;
    readonly calls: CallLog;
    hanging: number;
    latencyMs: number;
    static start(): Promise<AwsKmsServer>;
    get url(): string;
    fault(...fault: Parameters<Faults["start"]>): () => void;
    stop(): Promise<void>;
    resume(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// ---- kms/aws/index.d.ts

export type { Fault, FaultScope } from "../faults.ts";
export type { AwsKey, AwsKeys } from "./aws-keys.ts";
export { AwsKmsServer } from "./aws-kms-server.ts";

// ---- kms/call-log.d.ts

export declare class CallLog {
    #private;
    readonly dataKeys: Buffer[];
    add(operation: string): void;
    of(operation: string): number;
    get total(): number;
    clear(): void;
}

// ---- kms/faults.d.ts

export type Fault =
{
    readonly kind: "throttled";
    readonly retryAfterMs?: number;
}
 | {
    readonly kind: "unavailable";
    readonly retryAfterMs?: number;
}
 | {
    readonly kind: "slow";
    readonly ms: number;
}
 | {
    readonly kind: "hang";
}
 | {
    readonly kind: "dropped";
}
 | {
    readonly kind: "forbidden";
}
 | {
    readonly kind: "corrupt";
};
export interface FaultScope {
    readonly operations?: readonly string[];
    readonly times?: number;
}
export declare class Faults {
    #private;
    start(fault: Fault, { operations, times }?: FaultScope): () => void;
    clear(): void;
    meet(operation: string): Fault | undefined;
}

// ---- kms/gcp/gcp-keys.d.ts

export interface GcpKeyVersion {
    readonly name: string;
    readonly number: number;
    readonly material: Buffer;
    state: "ENABLED" | "DISABLED" | "DESTROY_SCHEDULED" | "DESTROYED";
}
export interface GcpKey {
    readonly name: string;
    readonly versions: GcpKeyVersion[];
    primary: GcpKeyVersion;
}
export declare class GcpKeys {
    #private;
    create(name: string): GcpKey;
    addVersion(key: GcpKey): GcpKeyVersion;
    find(name: string): GcpKey;
    encryptsAs(name: string): GcpKeyVersion;
}
export declare function encrypt(version: GcpKeyVersion, plaintext: Uint8Array, associated: Uint8Array): Buffer;
export declare function decrypt(key: GcpKey, ciphertext: Uint8Array, associated: Uint8Array): {
    version: GcpKeyVersion;
    plaintext: Buffer<ArrayBufferLike>;
};
export declare function requireEnabled({ name, state }: GcpKeyVersion): void;

// ---- kms/gcp/gcp-kms-server.d.ts

import { CallLog } from "../call-log.ts";
import { Faults } from "../faults.ts";
import { GcpKeys } from "./gcp-keys.ts";
export declare class GcpKmsServer implements AsyncDisposable {
    #private;
    readonly keys: GcpKeys;
    readonly calls: CallLog;
    hanging: number;
    latencyMs: number;
    static start(): Promise<GcpKmsServer>;
    get endpoint(): string;
    fault(...fault: Parameters<Faults["start"]>): () => void;
    stop(): Promise<void>;
    resume(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// ---- kms/gcp/index.d.ts

export type { Fault, FaultScope } from "../faults.ts";
export type { GcpKey, GcpKeys, GcpKeyVersion } from "./gcp-keys.ts";
export { GcpKmsServer } from "./gcp-kms-server.ts";

// ---- network/tcp-proxy.d.ts

export interface TcpAddress {
    readonly host: string;
    readonly port: number;
}
export type CutWay = "both" | "answers";
export declare class TcpProxy implements AsyncDisposable {
    #private;
    private constructor();
    static start(target: TcpAddress, at?: Partial<TcpAddress>): Promise<TcpProxy>;
    get host(): string;
    get port(): number;
    get connections(): number;
    get heldBytes(): number;
    delay(ms: number): Promise<void>;
    cut(way?: CutWay): Promise<void>;
    refuse(): Promise<void>;
    hangUp(): void;
    restore(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// ---- plugin-context.d.ts

import { type HookContext, type KeyContext, type PluginContext, type ThrottleContext } from "@cassandra-rekey/core";
type Changes<Context extends PluginContext> = Partial<Context> & {
    readonly secrets?: Readonly<Record<string, string>>;
};
export declare function pluginContext({ secrets, ...changes }?: Changes<PluginContext>): PluginContext;
export declare function keyContext({ keyVersion, use, ...changes }?: Changes<KeyContext>): KeyContext;
export declare function hookContext(clock: HookContext["clock"], changes?: Changes<HookContext>): HookContext;
export declare function throttleContext(clock: ThrottleContext["clock"], { liveWorkers, job, ...changes }?: Changes<ThrottleContext>): ThrottleContext;
export {};

// ---- plugin-package/check-plugin-package.d.ts

export declare function pluginPackageProblems(folder: string): Promise<readonly string[]>;
export declare function checkPluginPackage(folder: string): Promise<void>;

// ---- provider/conformance.d.ts

import type { CellContext, EncryptionKey } from "@cassandra-rekey/core";
export interface ProviderConformance {
    readonly name: string;
    readonly open: () => Promise<EncryptionKey>;
    readonly openOther: () => Promise<EncryptionKey>;
    readonly binds?: readonly (keyof CellContext)[];
    readonly deterministic?: boolean;
    readonly secrets: readonly string[];
    readonly failures?: readonly (() => Promise<unknown>)[];
    readonly longest?: number;
}

// ---- provider/describe-encryption-provider.d.ts

import type { TestRunner } from "../test-runner.ts";
import type { ProviderConformance } from "./conformance.ts";
export declare function describeEncryptionProvider(runner: TestRunner, conformance: ProviderConformance): void;

// ---- provider/key-handle.d.ts

import { type CellContext, type EncryptionKey, type KeyContext, type PluginPart } from "@cassandra-rekey/core";
export declare function openProviderKey(part: PluginPart<EncryptionKey, KeyContext>, options: object, context: KeyContext): Promise<EncryptionKey>;
export declare function sealTexts(key: EncryptionKey, texts: readonly string[], context?: Partial<CellContext>, signal?: AbortSignal): Promise<readonly Uint8Array[]>;
export declare function openTexts(key: EncryptionKey, ciphertexts: readonly Uint8Array[], context?: Partial<CellContext>, signal?: AbortSignal): Promise<readonly string[]>;

// ---- real-time.d.ts

import type { Clock, Random } from "@cassandra-rekey/core";
export declare const REAL_TIME: {
    readonly clock: Clock;
    readonly random: Random;
};

// ---- simulation/cluster-node.d.ts

import { PaxosState } from "./paxos-state.ts";
import { Replica } from "./replica.ts";
import type { StatementTime } from "./stored-change.ts";
import type { VirtualTime } from "./virtual-time.ts";
export declare class ClusterNode {
    #private;
    readonly index: number;
    readonly replica: Replica;
    isUp: boolean;
    slowMs: number;
    isDeaf: boolean;
    constructor(index: number, time: VirtualTime, aheadMs: number, token?: (key: Uint8Array) => bigint);
    get utcMs(): number;
    get nowSeconds(): number;
    stamp(): bigint;
    paxos(partitionKey: Uint8Array): PaxosState;
    truncate(): void;
    statementTime(defaultTimeToLive: number): StatementTime;
}

// ---- simulation/cluster-transactions.d.ts

import { type Random } from "@cassandra-rekey/core";
import type { ClusterNode } from "./cluster-node.ts";
import { type PaxosEvent, type TransactionOutcome } from "./paxos-round.ts";
import type { StoredChange } from "./stored-change.ts";
import type { StoredRow } from "./stored-row.ts";
import type { VirtualTime } from "./virtual-time.ts";
export type Origin = "engine" | "application" | "hint" | "repair";
export interface TransactionParts {
    readonly time: VirtualTime;
    readonly random: Random;
    readonly hopMs: number;
    readonly timeoutMs: number;
    readonly replicasOf: (key: readonly Uint8Array[]) => readonly ClusterNode[];
    readonly write: (change: StoredChange, apply: (node: ClusterNode, change: StoredChange) => void) => Promise<void>;
    readonly apply: (node: ClusterNode, change: StoredChange, by: Origin) => void;
    readonly onEvent: (event: PaxosEvent) => void;
}
export interface Transaction {
    readonly by: "engine" | "application";
    readonly key: readonly Uint8Array[];
    readonly decide: (row: StoredRow | undefined) => StoredChange | undefined;
    readonly onDecided?: (change: StoredChange) => void;
    readonly diesWhenAcceptedBy?: number | undefined;
}
export declare class ClusterTransactions {
    #private;
    constructor(parts: TransactionParts);
    carryOut(coordinator: ClusterNode, transaction: Transaction): Promise<TransactionOutcome>;
    read(coordinator: ClusterNode, key: readonly Uint8Array[]): Promise<StoredRow | undefined>;
}

// ---- simulation/condition.d.ts

import type { StoredChange } from "./stored-change.ts";
import type { StoredRow } from "./stored-row.ts";
export type Condition = "exists" | "does not exist" | Readonly<Record<string, Uint8Array | null>>;
export declare function conditionHolds(condition: Condition, row: StoredRow | undefined, nowSeconds: number): boolean;
export declare function stampedAt({ key, cells, deletion, overwritten }: StoredChange, timestamp: bigint): StoredChange;

// ---- simulation/index.d.ts

export type { ClusterNode } from "./cluster-node.ts";
export type { Condition } from "./condition.ts";
export { ManualClock } from "./manual-clock.ts";
export { type ClusterRequest, type Fault, MemoryCluster, type MemoryClusterOptions, } from "./memory-cluster.ts";
export { MemoryStateStore } from "./memory-state-store.ts";
export { MemoryTable, type WriteOptions } from "./memory-table.ts";
export type { PaxosEvent, TransactionOutcome } from "./paxos-round.ts";
export { type ClusterListener, ReplicatedCluster, type ReplicatedClusterOptions, } from "./replicated-cluster.ts";
export { SeededRandom } from "./seeded-random.ts";
export { type CallMoment, type Freeze, SimulatedProcess } from "./simulated-process.ts";
export type { SimulatedTableOptions } from "./simulated-table.ts";
export type { Deletion, StoredCell } from "./stored-cell.ts";
export { changeOf, MARKER, type Statement, type StatementTime, type StoredChange } from "./stored-change.ts";
export { StoredRow } from "./stored-row.ts";
export { VirtualTime } from "./virtual-time.ts";

// ---- simulation/manual-clock.d.ts

import type { Clock } from "@cassandra-rekey/core";
import { VirtualTime } from "./virtual-time.ts";
export declare class ManualClock implements Clock {
    #private;
    readonly time: VirtualTime;
    constructor(time?: VirtualTime, aheadMs?: number);
    wallMs(): number;
    monotonicMs(): number;
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
    timeout(ms: number): AbortSignal;
    stepWall(ms: number): void;
    suspend(ms: number): void;
    advance(ms: number): Promise<void>;
    run<Result>(promise: Promise<Result>): Promise<Result>;
}

// ---- simulation/memory-cluster.d.ts

import { type CellSink, type CellSource, type ConditionalCell, type Groupable, type Mutation, type Page, type PageRequest, type Row, type TableShape } from "@cassandra-rekey/core";
import { MemoryTable } from "./memory-table.ts";
import type { SimulatedTableOptions } from "./simulated-table.ts";
import type { Statement } from "./stored-change.ts";
import type { VirtualTime } from "./virtual-time.ts";
export type ClusterRequest = {
    readonly kind: "page";
    readonly request: PageRequest;
} | {
    readonly kind: "row";
    readonly table: TableShape;
    readonly key: readonly Uint8Array[];
} | {
    readonly kind: "send";
    readonly table: TableShape;
    readonly mutations: readonly Mutation[];
} | {
    readonly kind: "compareAndSet";
    readonly table: TableShape;
    readonly key: readonly Uint8Array[];
    readonly cells: readonly ConditionalCell[];
}
 | {
    readonly kind: "transaction";
    readonly statement: Statement;
};
export interface Fault {
    readonly delayMs?: number;
    readonly replyDelayMs?: number;
    readonly error?: unknown;
    readonly applied?: boolean;
    readonly diesWhenAcceptedBy?: number;
}
export interface MemoryClusterOptions {
    readonly latencyMs?: number;
    readonly aheadMs?: number;
    readonly replicaSets?: number;
}
export declare class MemoryCluster implements CellSource, CellSink {
    #private;
    readonly time: VirtualTime;
    constructor(time: VirtualTime, options?: MemoryClusterOptions);
    get utcMs(): number;
    createTable(options: SimulatedTableOptions): MemoryTable;
    table(keyspace: string, name: string): MemoryTable | undefined;
    failNext(kind: ClusterRequest["kind"], fault: Fault): void;
    onRequest(listener: (request: ClusterRequest) => void): void;
    page(request: PageRequest, signal: AbortSignal): Promise<Page>;
    row(table: TableShape, key: readonly Uint8Array[], _consistency: string, signal: AbortSignal): Promise<{
        row: Row;
        serverTimeMs: number;
    } | undefined>;
    group<Item extends Groupable>(_table: TableShape, items: readonly Item[]): readonly (readonly Item[])[];
    send(table: TableShape, mutations: readonly Mutation[], _consistency: string, signal: AbortSignal): Promise<void>;
    compareAndSet(table: TableShape, key: readonly Uint8Array[], cells: readonly ConditionalCell[], _consistency: string, signal: AbortSignal): Promise<"applied" | "lost" | "unknown">;
}

// ---- simulation/memory-state-store.d.ts

import { type Checkpoint, type Claim, type Clock, type ControlChange, type InitReport, type Job, type JobControls, type JobState, type KeyCheck, type Lease, type LeaseOutcome, type NewJob, type QuarantineEntry, type Random, type StateStore, type TableProgress, type WorkerReport } from "@cassandra-rekey/core";
export declare class MemoryStateStore implements StateStore {
    #private;
    readonly capabilities: {
        readonly manyHosts: false;
        readonly checkpointIntervalMs: 1000;
    };
    beforeCall: (call: keyof StateStore) => void | Promise<void>;
    constructor(clock: Clock, random: Random);
    init(_signal: AbortSignal): Promise<InitReport>;
    createJob({ id, kind, tables }: NewJob, signal: AbortSignal): Promise<void>;
    job(jobId: string, signal: AbortSignal): Promise<Job | undefined>;
    jobs(signal: AbortSignal): Promise<readonly Job[]>;
    transition(jobId: string, from: readonly JobState[], to: JobState, signal: AbortSignal): Promise<{
        applied: boolean;
        state: JobState;
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
    [Symbol.asyncDispose](): Promise<void>;
}

// ---- simulation/memory-table.d.ts

import type { CellWrite, ConditionalCell, Row, ScanKind, TableSchema, TableShape, TokenRange } from "@cassandra-rekey/core";
import { type Condition } from "./condition.ts";
import { type SimulatedTableOptions } from "./simulated-table.ts";
import { type Statement } from "./stored-change.ts";
export interface WriteOptions {
    readonly timestamp?: bigint;
    readonly ttl?: number;
}
export declare class MemoryTable {
    #private;
    readonly shape: TableShape;
    readonly staticShape: TableShape;
    readonly schema: TableSchema;
    constructor(options: SimulatedTableOptions, utcMs: () => number);
    get nowSeconds(): number;
    stamp(): bigint;
    insert(key: readonly Uint8Array[], values: Readonly<Record<string, Uint8Array | null>>, options?: WriteOptions): bigint;
    update(key: readonly Uint8Array[], values: Readonly<Record<string, Uint8Array | null>>, options?: WriteOptions): bigint;
    deleteRow(key: readonly Uint8Array[], options?: WriteOptions): bigint;
    deletePartition(partitionKey: Uint8Array, options?: WriteOptions): bigint;
    truncate(): void;
    compact(): void;
    write(key: readonly Uint8Array[], { value, timestamp, ttl, ...place }: CellWrite): void;
    row(key: readonly Uint8Array[]): Row | undefined;
    rows(range?: TokenRange, scan?: ScanKind): readonly Row[];
    expiry(key: readonly Uint8Array[], column: string): number | undefined;
    execute(statement: Statement): bigint;
    transact(statement: Statement, condition: Condition): boolean;
    compareAndSet(key: readonly Uint8Array[], cells: readonly ConditionalCell[]): boolean;
}

// ---- simulation/paxos-round.d.ts

import type { Random } from "@cassandra-rekey/core";
import type { ClusterNode } from "./cluster-node.ts";
import { type Proposal } from "./paxos-state.ts";
import type { StoredChange } from "./stored-change.ts";
import { StoredRow } from "./stored-row.ts";
import type { VirtualTime } from "./virtual-time.ts";
export type TransactionOutcome = "applied" | "lost" | "unknown";
export interface PaxosParts {
    readonly time: VirtualTime;
    readonly random: Random;
    readonly hopMs: number;
    readonly timeoutMs: number;
    readonly coordinator: ClusterNode;
    readonly replicas: readonly ClusterNode[];
    readonly key: readonly Uint8Array[];
    readonly decide: (row: StoredRow | undefined) => StoredChange | undefined;
    readonly onDecided: (change: StoredChange) => void;
    readonly commit: (proposal: Proposal) => Promise<void>;
    readonly applyAt: (node: ClusterNode, proposal: Proposal) => void;
    readonly onEvent: (event: PaxosEvent) => void;
    readonly diesWhenAcceptedBy?: number | undefined;
}
export type PaxosEvent = "contention" | "finished by a later transaction";
export declare function carryOutTransaction(parts: PaxosParts): Promise<TransactionOutcome>;

// ---- simulation/paxos-state.d.ts

import type { StoredChange } from "./stored-change.ts";
export interface Ballot {
    readonly micros: bigint;
}
export interface Proposal {
    readonly ballot: Ballot;
    readonly change: StoredChange | undefined;
    readonly onDecided: (change: StoredChange) => void;
}
export declare class PaxosState {
    #private;
    accepted: Proposal | undefined;
    committed: Proposal | undefined;
    prepare(ballot: Ballot): Ballot | undefined;
    propose(proposal: Proposal): boolean;
    commit(proposal: Proposal): void;
}
export declare function isAfter(proposal: Proposal, other: Proposal | undefined): boolean;
export declare function newestOf(proposals: readonly (Proposal | undefined)[]): Proposal | undefined;

// ---- simulation/replica.d.ts

import { type TokenRange } from "@cassandra-rekey/core";
import { type Deletion } from "./stored-cell.ts";
import type { StoredChange } from "./stored-change.ts";
import { StoredRow } from "./stored-row.ts";
export declare class Replica {
    #private;
    constructor(token?: (partitionKey: Uint8Array) => bigint);
    apply(change: StoredChange): void;
    row(key: readonly Uint8Array[]): StoredRow | undefined;
    known(key: readonly Uint8Array[]): StoredChange | undefined;
    partitionDeletions(): ReadonlyMap<string, Deletion>;
    rows(range?: TokenRange): readonly StoredRow[];
    clear(): void;
    purge(gcGraceSeconds: number, nowSeconds: number): number;
}
export declare function spreadToken(partitionKey: Uint8Array): bigint;
export declare function compareRows(a: {
    readonly token: bigint;
    readonly key: readonly Uint8Array[];
}, b: {
    readonly token: bigint;
    readonly key: readonly Uint8Array[];
}): number;
export declare function isPartition(key: readonly Uint8Array[]): boolean;

// ---- simulation/replicated-cluster.d.ts

import { type CellSink, type CellSource, type ConditionalCell, type Groupable, type Mutation, type Page, type PageRequest, type Random, type Row, type TableSchema, type TableShape } from "@cassandra-rekey/core";
import { ClusterNode } from "./cluster-node.ts";
import { type Origin } from "./cluster-transactions.ts";
import { type Condition } from "./condition.ts";
import type { ClusterRequest, Fault } from "./memory-cluster.ts";
import type { PaxosEvent, TransactionOutcome } from "./paxos-round.ts";
import { type SimulatedTableOptions } from "./simulated-table.ts";
import { type Statement, type StoredChange } from "./stored-change.ts";
import type { VirtualTime } from "./virtual-time.ts";
export interface ReplicatedClusterOptions {
    readonly table: SimulatedTableOptions;
    readonly aheadMs: readonly number[];
    readonly replicationFactor?: number;
    readonly latencyMs?: number;
    readonly hopMs?: number;
    readonly writeTimeoutMs?: number;
    readonly hintDelayMs?: number;
}
export interface ClusterListener {
    fault?(request: ClusterRequest): Fault | undefined;
    pageRead?(table: TableShape, rows: readonly Row[]): void;
    apply?(node: ClusterNode, change: StoredChange, by: Origin): void;
    purged?(tombstones: number): void;
    transaction?(event: PaxosEvent): void;
    comparedAndSet?(key: readonly Uint8Array[], outcome: TransactionOutcome): void;
}
export declare class ReplicatedCluster implements CellSource, CellSink {
    #private;
    readonly time: VirtualTime;
    readonly shape: TableShape;
    readonly staticShape: TableShape;
    readonly schema: TableSchema;
    readonly nodes: readonly ClusterNode[];
    listener: ClusterListener;
    constructor(time: VirtualTime, random: Random, { table, aheadMs, ...options }: ReplicatedClusterOptions);
    execute(statement: Statement, onChange: (change: StoredChange) => void, travelMs?: number): Promise<void>;
    transact(statement: Statement, condition: Condition, onDecided: (change: StoredChange) => void, travelMs?: number): Promise<TransactionOutcome>;
    query(key: readonly Uint8Array[], consistency?: string): Promise<{
        readonly row: Row | undefined;
        readonly nowSeconds: number;
    }>;
    load(statement: Statement): StoredChange;
    peek(key: readonly Uint8Array[], omitting: number): Row | undefined;
    truncate(): boolean;
    compact(): void;
    page(request: PageRequest, signal: AbortSignal): Promise<Page>;
    row(table: TableShape, key: readonly Uint8Array[], consistency: string, signal: AbortSignal): Promise<{
        row: Row;
        serverTimeMs: number;
    } | undefined>;
    group<Item extends Groupable>(_table: TableShape, items: readonly Item[]): readonly (readonly Item[])[];
    send(table: TableShape, mutations: readonly Mutation[], _consistency: string, signal: AbortSignal): Promise<void>;
    compareAndSet(table: TableShape, key: readonly Uint8Array[], cells: readonly ConditionalCell[], _consistency: string, signal: AbortSignal): Promise<TransactionOutcome>;
    get isAtRest(): boolean;
}

// ---- simulation/seeded-random.d.ts

import type { Random } from "@cassandra-rekey/core";
export declare class SeededRandom implements Random {
    #private;
    constructor(seed: number);
    fraction(): number;
    integer(below: number): number;
    bytes(length: number): Uint8Array;
    uuid(): string;
}

// ---- simulation/simulated-process.d.ts

import type { Clock } from "@cassandra-rekey/core";
import type { VirtualTime } from "./virtual-time.ts";
export type CallMoment = "before" | "after";
export type Freeze = "stopped" | "suspended";
export declare class SimulatedProcess {
    #private;
    readonly clock: Clock;
    onCall: (call: number, moment: CallMoment, name: string) => void;
    constructor(time: VirtualTime, aheadMs?: number);
    get isDead(): boolean;
    crash(): void;
    freeze(ms: number, how: Freeze, reverse?: boolean): void;
    stepWall(ms: number): void;
    mortal<Part extends object>(part: Part): Part;
}

// ---- simulation/simulated-table.d.ts

import type { TableSchema, TableShape } from "@cassandra-rekey/core";
export interface SimulatedTableOptions {
    readonly keyspace?: string;
    readonly name?: string;
    readonly tableId?: string;
    readonly columns: readonly string[];
    readonly statics?: readonly string[];
    readonly maps?: readonly string[];
    readonly udts?: Readonly<Record<string, readonly string[]>>;
    readonly text?: readonly string[];
    readonly label?: string;
    readonly gcGraceSeconds?: number;
    readonly defaultTimeToLive?: number;
    readonly token?: (partitionKey: Uint8Array) => bigint;
}
export declare function shapeOf(options: SimulatedTableOptions): TableShape;
export declare function staticShapeOf(shape: TableShape, { statics }: SimulatedTableOptions): TableShape;
export declare function schemaOf(shape: TableShape, statics: TableShape, options: SimulatedTableOptions): TableSchema;

// ---- simulation/stored-cell.d.ts

export type StoredCell = {
    readonly kind: "live";
    readonly value: Uint8Array;
    readonly timestamp: bigint;
} | {
    readonly kind: "expiring";
    readonly value: Uint8Array;
    readonly timestamp: bigint;
    readonly ttl: number;
    readonly expiresAt: number;
} | {
    readonly kind: "tombstone";
    readonly timestamp: bigint;
    readonly deletedAt: number;
};
export type LiveCell = Exclude<StoredCell, {
    readonly kind: "tombstone";
}>;
export interface Deletion {
    readonly timestamp: bigint;
    readonly deletedAt: number;
}
export declare function reconcile(a: StoredCell, b: StoredCell): StoredCell;
export declare function isLive(cell: StoredCell, nowSeconds: number): cell is LiveCell;
export declare function isPurgeable(cell: StoredCell, gcGraceSeconds: number, nowSeconds: number): boolean;
export declare function compareBytes(a: Uint8Array, b: Uint8Array): number;

// ---- simulation/stored-change.d.ts

import type { Deletion, StoredCell } from "./stored-cell.ts";
export declare const MARKER = "";
export interface StoredChange {
    readonly key: readonly Uint8Array[];
    readonly cells: readonly (readonly [column: string, cell: StoredCell])[];
    readonly deletion?: Deletion;
    readonly overwritten?: readonly (readonly [column: string, deletion: Deletion])[];
}
export type Statement = {
    readonly kind: "insert" | "update";
    readonly key: readonly Uint8Array[];
    readonly values: Readonly<Record<string, Uint8Array | null>>;
    readonly overwrites?: readonly string[];
    readonly timestamp?: bigint;
    readonly ttl?: number;
} | {
    readonly kind: "deleteRow";
    readonly key: readonly Uint8Array[];
    readonly timestamp?: bigint;
} | {
    readonly kind: "deletePartition";
    readonly key: readonly Uint8Array[];
    readonly timestamp?: bigint;
};
export interface StatementTime {
    readonly nowSeconds: number;
    readonly defaultTimeToLive: number;
    stamp(): bigint;
}
export declare function changeOf(statement: Statement, time: StatementTime): StoredChange;
export declare function storedCell(value: Uint8Array | null, timestamp: bigint, ttl: number, nowSeconds: number): StoredCell;

// ---- simulation/stored-row.d.ts

import type { Row, TableShape } from "@cassandra-rekey/core";
import { type Deletion, type LiveCell, type StoredCell } from "./stored-cell.ts";
import type { StoredChange } from "./stored-change.ts";
export declare class StoredRow {
    #private;
    readonly token: bigint;
    readonly key: readonly Uint8Array[];
    constructor(token: bigint, key: readonly Uint8Array[]);
    write(place: string, cell: StoredCell): void;
    overwrite(column: string, deletion: Deletion): void;
    delete(deletion: Deletion): void;
    contents(): StoredChange;
    merge({ cells, deletion, overwritten }: StoredChange): void;
    copy(): StoredRow;
    stored(column: string): StoredCell | undefined;
    live(column: string, nowSeconds: number): LiveCell | undefined;
    exists(nowSeconds: number): boolean;
    read(shape: TableShape, nowSeconds: number): Row;
    get isEmpty(): boolean;
    purge(gcGraceSeconds: number, nowSeconds: number): number;
}

// ---- simulation/virtual-time.d.ts

export declare class VirtualTime {
    #private;
    readonly epochMs: number;
    constructor(epochMs?: number);
    get nowMs(): number;
    get utcMs(): number;
    after(ms: number, fire: () => void, owner?: object): () => void;
    wait(ms: number): Promise<void>;
    idle(): Promise<void>;
    advance(ms: number): Promise<void>;
    run<Result>(promise: Promise<Result>): Promise<Result>;
    skip(ms: number, owner: object): void;
}

// ---- state-store/conformance.d.ts

import type { StateStore } from "@cassandra-rekey/core";
export interface StoreStorage extends AsyncDisposable {
    open(): Promise<StateStore>;
    elapse(ms: number): Promise<void>;
}
export interface StateStoreConformance {
    readonly name: string;
    readonly create: () => Promise<StoreStorage>;
    readonly clock: "driven" | "real";
    readonly leaseUnitMs?: number;
    readonly histories?: {
        readonly count: number;
        readonly steps: number;
    };
    readonly seed?: number;
}

// ---- state-store/describe-state-store.d.ts

import type { TestRunner } from "../test-runner.ts";
import type { StateStoreConformance } from "./conformance.ts";
export declare function describeStateStore(runner: TestRunner, conformance: StateStoreConformance): void;

// ---- test-runner.d.ts

export interface TestRunner {
    readonly describe: (name: string, body: () => void) => unknown;
    readonly it: (name: string, body: () => Promise<void>) => unknown;
}

// ---- throttle/conformance.d.ts

import type { Throttle } from "@cassandra-rekey/core";
import type { ManualClock } from "../simulation/index.ts";
export interface ThrottleConformance {
    readonly name: string;
    readonly create: (clock: ManualClock) => Promise<Throttle>;
    readonly press: (throttle: Throttle, clock: ManualClock) => Promise<void>;
    readonly relieve: (throttle: Throttle, clock: ManualClock) => Promise<void>;
    readonly measures: "samples" | "itself";
}

// ---- throttle/describe-throttle.d.ts

import type { TestRunner } from "../test-runner.ts";
import type { ThrottleConformance } from "./conformance.ts";
export declare function describeThrottle(runner: TestRunner, conformance: ThrottleConformance): void;

// ---- throttle/queue-simulation.d.ts

import type { Clock, Throttle } from "@cassandra-rekey/core";
export interface QueueServer {
    readonly servers: number;
    readonly serviceMs: number;
    readonly seed?: number;
}
export interface SimulatedSecond {
    readonly done: readonly number[];
    readonly inFlight: readonly number[];
    readonly foreground: {
        readonly done: number;
        readonly meanMs: number;
    };
}
export declare class QueueSimulation {
    #private;
    readonly clock: Pick<Clock, "monotonicMs" | "wallMs">;
    foregroundPerSecond: number;
    stalled: boolean;
    constructor(server: QueueServer);
    add(throttle: Throttle): void;
    seconds(count: number): readonly SimulatedSecond[];
}
