// What users of @cassandra-rekey/engine can reach. Generated from its declarations: `pnpm generate`.
// @cassandra-rekey/engine is index.d.ts

// ---- compose.d.ts

import "reflect-metadata";
import type { StateStore, Token } from "@cassandra-rekey/core";
import { type CellSink, type CellSource, type Clock, type Logger, type Random } from "@cassandra-rekey/core";
import { type DependencyContainer } from "tsyringe";
import type { Settings } from "./config/settings.ts";
import { KeyCalls } from "./keyring/key-calls.ts";
import { Keyrings } from "./keyring/keyrings.ts";
import type { PluginParts, ThrottledRun } from "./plugin-parts.ts";
export interface RunScope extends AsyncDisposable {
    resolve<Value>(token: Token<Value>): Value;
    readonly keyrings: Keyrings;
    readonly keyCalls: KeyCalls;
}
export interface SharedParts {
    readonly settings: Settings;
    readonly parts: PluginParts;
    readonly throttled: ThrottledRun;
    readonly store: StateStore;
    readonly source: CellSource;
    readonly sink: CellSink;
    readonly clock: Clock;
    readonly random: Random;
    readonly logger: Logger;
}
export type Override = (container: DependencyContainer) => void;
export declare function composeRun(shared: SharedParts, signal: AbortSignal, override?: Override): Promise<RunScope>;

// ---- config/config-file.d.ts

export declare const MAX_CONFIG_BYTES: number;
export type ReadBytes = (path: string, maxBytes: number) => Promise<Uint8Array>;
export declare const readBytes: ReadBytes;
export declare function readConfigText(path: string, read?: ReadBytes): Promise<string>;
export declare function reasonOf(cause: unknown): string;

// ---- config/json-schema.d.ts

import { type OptionsSchema } from "@cassandra-rekey/core";
import { type PartKind } from "../plugins/part-kind.ts";
export interface PartSchema {
    readonly kind: PartKind;
    readonly name: string;
    readonly options: OptionsSchema;
}
type Json = Record<string, unknown>;
export declare function configJsonSchema(parts: readonly PartSchema[]): Json;
export {};

// ---- config/load-config.d.ts

import { type ReadBytes } from "./config-file.ts";
import type { LoadedConfig } from "./settings.ts";
export declare function loadConfig(path: string, { read }?: {
    readonly read?: ReadBytes;
}): Promise<LoadedConfig>;
export declare function parseConfig(text: string, path: string): LoadedConfig;
export declare function allowedPluginsOf(path: string, { read }?: {
    readonly read?: ReadBytes;
}): Promise<readonly string[] | undefined>;

// ---- config/secrets.d.ts

import { type SecretRef } from "@cassandra-rekey/core";
export declare const MAX_SECRET_BYTES: number;
export type ReadSecretFile = (path: string, maxBytes: number) => Promise<{
    readonly bytes: Uint8Array;
    readonly mode: number;
}>;
export interface SecretSources {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly directory?: string;
    readonly readFile?: ReadSecretFile;
    readonly warn?: (message: string) => void;
}
export type SecretReader = (ref: SecretRef) => Promise<Uint8Array>;
export declare function secretReader(sources: SecretSources): SecretReader;

// ---- config/settings.d.ts

import type { SecretRef, WriteMode } from "@cassandra-rekey/core";
export type ConfigPath = readonly (string | number)[];
export interface Place {
    readonly line: number;
    readonly col: number;
}
export type Credential = SecretRef | {
    readonly value: string;
};
export interface PartSettings {
    readonly type: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly defaults?: Readonly<Record<string, unknown>>;
    readonly at: ConfigPath;
    readonly optional?: true;
    readonly written?: Readonly<Record<string, ConfigPath>>;
}
export interface HookSettings extends PartSettings {
    readonly critical: boolean;
}
export interface LocalModule {
    readonly path: string;
    readonly spelling: string;
    readonly provider?: string;
}
export interface KeySettings extends PartSettings {
    readonly version: string;
    readonly module?: LocalModule;
}
export interface KeyringSettings {
    readonly target: KeySettings;
    readonly previous: readonly KeySettings[];
}
export declare const DEFAULT_KEYRING = "keys";
export interface TlsSettings {
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
    readonly passphrase?: SecretRef;
    readonly checkHostname: boolean;
}
export interface ClusterSettings {
    readonly contactPoints: readonly {
        readonly host: string;
        readonly port: number;
    }[];
    readonly port: number;
    readonly localDc?: string;
    readonly keyspace: string;
    readonly username?: Credential;
    readonly password?: Credential;
    readonly tls?: TlsSettings;
    readonly requestTimeoutMs: number;
    readonly maxInFlight?: number;
}
export interface ConsistencySettings {
    readonly read: string;
    readonly write: string;
    readonly serial?: string | undefined;
}
export interface TableSettings {
    readonly name: string;
    readonly keyspace: string;
    readonly partitionKey?: readonly string[];
    readonly clusteringKey?: readonly string[];
    readonly encryptedColumns: readonly string[];
    readonly leafPaths?: Readonly<Record<string, readonly string[]>>;
    readonly keyring?: string;
    readonly columnKeyrings?: ReadonlyMap<string, string>;
    readonly keyVersionColumn: string;
    readonly keyVersionColumnConfigured: boolean;
    readonly chunks: number | "auto";
    readonly writeMode: WriteMode;
    readonly writersStopped?: true;
    readonly elementsNeverExpire?: true;
    readonly consistency: ConsistencySettings;
    readonly accept: readonly string[];
    readonly at: ConfigPath;
}
export interface ExecutionSettings {
    readonly workers: number;
    readonly pageSize: number;
    readonly pageBytes: number;
    readonly maxAttempts: number;
    readonly maxSweeps: number;
    readonly dryRun: boolean;
    readonly stuckChunkSeconds: number;
    readonly settleSeconds: number;
    readonly maxWriteAgeSeconds: number;
    readonly maxQuarantined: number;
    readonly maxKeyOutageSeconds: number;
    readonly leaseSeconds: number;
    readonly checkpointIntervalMs?: number;
    readonly maxInFlight: number;
}
export interface Settings {
    readonly cluster: ClusterSettings;
    readonly state: PartSettings;
    readonly keys: KeyringSettings;
    readonly keyrings?: ReadonlyMap<string, KeyringSettings>;
    readonly tables: readonly TableSettings[];
    readonly execution: ExecutionSettings;
    readonly throttles: readonly PartSettings[];
    readonly hooks: readonly HookSettings[];
    readonly allowedPlugins?: readonly string[];
}
export interface LoadedConfig {
    readonly path: string;
    readonly directory: string;
    readonly settings: Settings;
    readonly warnings: readonly string[];
    locate(path: ConfigPath): Place;
}

// ---- engine-dependencies.d.ts

import type { Clock, Logger, Random } from "@cassandra-rekey/core";
import type { Override } from "./compose.ts";
import type { PluginIndex } from "./plugins/plugin-index.ts";
export interface EngineDependencies {
    readonly plugins: PluginIndex;
    readonly logger: Logger;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly clock?: Clock;
    readonly random?: Random;
    readonly override?: Override;
}

// ---- engine.d.ts

import type { ControlChange, InitReport, Job, RekeyEvent } from "@cassandra-rekey/core";
import type { DoctorReport, PlanReport, QuarantineReport, QuarantineRetryReport, RunProgress, RunReport, StatusReport, TuneReport, VerifyReport } from "./reports.ts";
export interface StopSignals {
    readonly stop?: AbortSignal;
    readonly abort?: AbortSignal;
}
export interface RunRequest extends StopSignals {
    readonly jobId?: string | undefined;
    readonly workers?: number | undefined;
    readonly untilClean?: boolean | undefined;
    readonly onProgress?: (progress: RunProgress) => void;
    readonly onEvent?: (event: RekeyEvent) => void;
}
export interface DoctorOptions {
    readonly sample?: number | undefined;
}
export interface VerifyRequest extends RunRequest {
    readonly perReplica?: boolean | undefined;
    readonly heal?: boolean | undefined;
}
export interface QuarantineRequest {
    readonly jobId?: string | undefined;
    readonly signal?: AbortSignal;
}
export interface Engine extends AsyncDisposable {
    init(signal?: AbortSignal): Promise<InitReport>;
    doctor(signal?: AbortSignal, options?: DoctorOptions): Promise<DoctorReport>;
    plan(request?: {
        readonly jobId?: string | undefined;
        readonly signal?: AbortSignal;
    }): Promise<PlanReport>;
    rollback(request: {
        readonly jobId: string;
        readonly toVersions?: readonly string[] | undefined;
        readonly signal?: AbortSignal;
    }): Promise<PlanReport>;
    run(request?: RunRequest): Promise<RunReport>;
    dryRun(request?: RunRequest): Promise<RunReport>;
    verify(request?: VerifyRequest): Promise<VerifyReport>;
    quarantine(request?: QuarantineRequest): Promise<QuarantineReport>;
    retryQuarantine(request?: QuarantineRequest): Promise<QuarantineRetryReport>;
    status(jobId?: string, signal?: AbortSignal): Promise<StatusReport>;
    pause(jobId?: string, signal?: AbortSignal): Promise<StatusReport>;
    resume(jobId?: string, signal?: AbortSignal): Promise<StatusReport>;
    tune(request: {
        readonly jobId?: string | undefined;
        readonly change: ControlChange;
        readonly by: string;
        readonly signal?: AbortSignal;
    }): Promise<TuneReport>;
    janitor(request: {
        readonly jobId?: string | undefined;
        readonly stuckAfterSeconds: number;
        readonly signal?: AbortSignal;
    }): Promise<{
        readonly jobId: string;
        readonly reclaimed: number;
    }>;
    jobs(signal?: AbortSignal): Promise<readonly Job[]>;
}

// ---- hooks/hook-dispatcher.d.ts

import { type Clock, type JobKind, type Logger, type RekeyEvent } from "@cassandra-rekey/core";
import { type NamedHook } from "./observer.ts";
export type { NamedHook } from "./observer.ts";
export declare class HookDispatcher implements AsyncDisposable {
    #private;
    constructor(hooks: readonly NamedHook[], logger: Logger, clock: Clock, listener?: (event: RekeyEvent) => void);
    emit(event: RekeyEvent): void;
    heard(signal: AbortSignal): Promise<void>;
    askGates(start: {
        readonly jobId: string;
        readonly kind: JobKind;
    }, signal: AbortSignal): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// ---- hooks/observer.d.ts

import { type Clock, type Hook, type Logger, type RekeyEvent } from "@cassandra-rekey/core";
export interface NamedHook {
    readonly name: string;
    readonly hook: Hook;
    readonly critical?: boolean;
}
export declare const CRITICAL_PATIENCE_MS = 30000;
export interface ObserverParts {
    readonly named: NamedHook;
    readonly logger: Logger;
    readonly clock: Clock;
    readonly onMissed: (jobId: string, events: number) => void;
}
export declare class Observer {
    #private;
    constructor(parts: ObserverParts);
    get named(): NamedHook;
    offer(event: RekeyEvent, at: number): void;
    heard(): Promise<void>;
    close(): void;
}
export declare function reasonOf(error: unknown): string;

// ---- index.d.ts

export type { Override } from "./compose.ts";
export { configJsonSchema, type PartSchema } from "./config/json-schema.ts";
export { allowedPluginsOf, loadConfig, parseConfig } from "./config/load-config.ts";
export { secretReader } from "./config/secrets.ts";
export type * from "./config/settings.ts";
export type * from "./engine.ts";
export type * from "./engine-dependencies.ts";
export { openEngine } from "./open-engine.ts";
export { type PartSources, PluginParts } from "./plugin-parts.ts";
export { allowsPackage } from "./plugins/allow-list.ts";
export { describeExtension, type Extension, type ExtensionDescription, type ExtensionQuery, listExtensions, } from "./plugins/extensions.ts";
export { packagesBeside } from "./plugins/neighbours.ts";
export { PART_KINDS, type PartKind } from "./plugins/part-kind.ts";
export { buildPluginIndex, type PluginIndex } from "./plugins/plugin-index.ts";
export { loadPart } from "./plugins/plugin-loader.ts";
export type { PluginPackage, PluginRoot } from "./plugins/plugin-package.ts";
export { packagesOf, projectOf } from "./plugins/project-packages.ts";
export type * from "./reports.ts";
export { systemClock } from "./system-clock.ts";
export { systemRandom } from "./system-random.ts";

// ---- keyring/key-calls.d.ts

import type { KeyServiceCall } from "@cassandra-rekey/core";
export interface CallingKey {
    readonly keyVersion: string;
    readonly keyring?: string;
}
type Listener = (key: CallingKey, call: KeyServiceCall) => void;
export declare class KeyCalls {
    #private;
    listen(listener: Listener): void;
    of(keyVersion: string, keyring: string): (call: KeyServiceCall) => void;
}
export {};

// ---- keyring/keyring.d.ts

import { type ClearCell, type EncryptionKey, type SealedCell } from "@cassandra-rekey/core";
import { type Classified } from "./trial.ts";
export type { Classified } from "./trial.ts";
export declare class Keyring {
    #private;
    readonly target: EncryptionKey;
    constructor(target: EncryptionKey, previous: readonly EncryptionKey[], strangers?: readonly EncryptionKey[]);
    get keys(): readonly EncryptionKey[];
    get previousVersions(): readonly string[];
    classify(cells: readonly SealedCell[], signal: AbortSignal): Promise<readonly Classified[]>;
    seal(cells: readonly ClearCell[], signal: AbortSignal): Promise<readonly Uint8Array[]>;
}

// ---- keyring/keyrings.d.ts

import { type EncryptionKey } from "@cassandra-rekey/core";
import { type TableSettings } from "../config/settings.ts";
import { Keyring } from "./keyring.ts";
export interface KeyringKeys {
    readonly target: EncryptionKey;
    readonly previous: readonly EncryptionKey[];
}
export interface LabelledKey {
    readonly key: EncryptionKey;
    readonly label: string;
}
export declare class Keyrings {
    #private;
    readonly keys: readonly LabelledKey[];
    constructor(main: KeyringKeys, named?: ReadonlyMap<string, KeyringKeys>);
    of(name: string): Keyring;
    ofColumns({ encryptedColumns, ...table }: TableSettings): ReadonlyMap<string, Keyring>;
    get targets(): readonly LabelledKey[];
}

// ---- keyring/trial.d.ts

import type { EncryptionKey, Refusal, SealedCell } from "@cassandra-rekey/core";
export interface OpenedCell {
    readonly under: "target" | "previous";
    readonly version: string;
    readonly proven: boolean;
    readonly plaintext: Uint8Array;
}
export type Classified = OpenedCell | {
    readonly under: "unknown";
    readonly reason: string;
};
export declare class Trial {
    #private;
    readonly cells: readonly SealedCell[];
    constructor(cells: readonly SealedCell[]);
    get open(): readonly number[];
    isOpen(index: number): boolean;
    opened(index: number, cell: OpenedCell): void;
    refuse(index: number, key: EncryptionKey, refusal: Refusal): void;
    results(reasonOf: (refusals: readonly string[]) => string): readonly Classified[];
    wipe(): void;
}

// ---- open-engine.d.ts

import type { LoadedConfig } from "./config/settings.ts";
import type { Engine } from "./engine.ts";
import type { EngineDependencies } from "./engine-dependencies.ts";
export declare function openEngine(config: LoadedConfig, dependencies: EngineDependencies): Promise<Engine>;

// ---- plugin-parts.d.ts

import type { Clock, EncryptionKey, KeyContext, Logger, Random, SecretRef, StateStore, Throttle, ThrottleContext } from "@cassandra-rekey/core";
import { RekeyError } from "@cassandra-rekey/core";
import type { HookSettings, KeySettings, LoadedConfig, PartSettings } from "./config/settings.ts";
import type { NamedHook } from "./hooks/hook-dispatcher.ts";
import { type PartKind } from "./plugins/part-kind.ts";
import type { PluginIndex } from "./plugins/plugin-index.ts";
export interface PartSources {
    readonly config: LoadedConfig;
    readonly plugins: PluginIndex;
    readonly logger: Logger;
    readonly clock: Clock;
    readonly random: Random;
    readonly signal: AbortSignal;
    readonly secret: (ref: SecretRef) => Promise<Uint8Array>;
    readonly cluster: () => Promise<object>;
    readonly workers: number;
}
export type ThrottledRun = Pick<ThrottleContext, "job" | "liveWorkers" | "workers">;
export declare class PluginParts {
    #private;
    constructor(sources: PartSources);
    stateStore(): Promise<StateStore>;
    present(throttles: readonly PartSettings[]): readonly PartSettings[];
    throttle(part: PartSettings, of: ThrottledRun): Promise<Throttle>;
    hook(part: HookSettings): Promise<NamedHook>;
    key(part: KeySettings, use: KeyContext["use"], called?: KeyContext["called"]): Promise<EncryptionKey>;
    closer(kind: PartKind, { type }: Pick<PartSettings, "type">, part: AsyncDisposable): AsyncDisposable;
    check(): Promise<void>;
}
export declare function oneError(errors: readonly RekeyError[], where: string): RekeyError | undefined;

// ---- plugins/allow-list.d.ts

export declare function allowsPackage(allowed: readonly string[] | undefined, found: {
    readonly name: string;
    readonly version: string;
}): boolean;
export declare function allowsModule(allowed: readonly string[] | undefined, found: {
    readonly spelling: string;
    readonly path: string;
}): boolean;

// ---- plugins/extensions.d.ts

import { type PartKind } from "./part-kind.ts";
import type { PluginIndex } from "./plugin-index.ts";
export interface Extension {
    readonly kind: PartKind;
    readonly name: string;
    readonly package: string;
    readonly version: string;
    readonly origin: string;
    readonly allowed: boolean;
}
export interface ExtensionDescription extends Extension {
    readonly options: Readonly<Record<string, unknown>>;
    readonly example: object;
    readonly exampleText: string;
}
export interface ExtensionQuery {
    readonly kind?: PartKind;
    readonly allowed?: readonly string[] | undefined;
}
export declare function listExtensions(index: PluginIndex, allowed?: readonly string[] | undefined): readonly Extension[];
export declare function describeExtension(index: PluginIndex, name: string, { kind, allowed }?: ExtensionQuery): Promise<ExtensionDescription>;

// ---- plugins/neighbours.d.ts

import type { PluginRoot } from "./plugin-package.ts";
export declare function packagesBeside(path: string): readonly PluginRoot[];

// ---- plugins/part-kind.d.ts

export declare const PART_KINDS: readonly ["providers", "stateStores", "throttles", "hooks"];
export type PartKind = (typeof PART_KINDS)[number];
export declare function partLabel(kind: PartKind): string;

// ---- plugins/plugin-index.d.ts

import { type PartKind } from "./part-kind.ts";
import { type PluginPackage, type PluginRoot } from "./plugin-package.ts";
export type { PartKind } from "./part-kind.ts";
export interface PluginIndex {
    readonly packages: readonly PluginPackage[];
    readonly notes: readonly string[];
    find(kind: PartKind, name: string): PluginPackage | undefined;
    names(kind: PartKind): readonly string[];
    beside(): readonly PluginPackage[];
}
export declare function buildPluginIndex(roots: readonly PluginRoot[], { beside }?: {
    readonly beside?: () => readonly PluginRoot[];
}): PluginIndex;
export declare function describeVersionGap(found: PluginPackage, apiVersion: number): string;

// ---- plugins/plugin-loader.d.ts

import { type PluginParts } from "@cassandra-rekey/core";
import type { LocalModule } from "../config/settings.ts";
import { type PartKind } from "./part-kind.ts";
import { type PluginIndex } from "./plugin-index.ts";
export type PartOf<Kind extends PartKind> = NonNullable<PluginParts[Kind]>[string];
export declare function loadPart<Kind extends PartKind>(index: PluginIndex, kind: Kind, name: string, { allowed }?: {
    readonly allowed?: readonly string[] | undefined;
}): Promise<PartOf<Kind>>;
export declare function loadModuleProvider(module: LocalModule, { allowed }?: {
    readonly allowed?: readonly string[] | undefined;
}): Promise<PartOf<"providers">>;

// ---- plugins/plugin-package.d.ts

import type { ErrorCode } from "@cassandra-rekey/core";
import { type PartKind } from "./part-kind.ts";
export declare const METADATA_KEY = "cassandra-rekey";
export interface PluginRoot {
    readonly packageJson: string;
    readonly origin: string;
}
export interface PluginPackage {
    readonly name: string;
    readonly version: string;
    readonly root: string;
    readonly entry: string;
    readonly apiVersion: number;
    readonly origin: string;
    readonly parts: Readonly<Record<PartKind, readonly string[]>>;
}
export interface PackageProblem {
    readonly code: ErrorCode;
    readonly message: string;
}
export declare function readPluginPackage({ packageJson, origin }: PluginRoot, notes: string[]): PluginPackage | {
    readonly problems: readonly PackageProblem[];
} | undefined;
export declare function isInside(folder: string, path: string): boolean;

// ---- plugins/project-packages.d.ts

import type { PluginRoot } from "./plugin-package.ts";
export declare function packagesOf(projectPackageJson: string): readonly PluginRoot[];
export declare function projectOf(configPath: string): string | undefined;

// ---- reports.d.ts

import type { CensusEntry, JobControls, JobKind, JobState, RowCounts, ScanKind, TableProgress, Totals, WorkerReport, WriteMode } from "@cassandra-rekey/core";
export interface PlanReport {
    readonly jobId: string;
    readonly tables: readonly {
        readonly keyspace: string;
        readonly name: string;
        readonly scan?: ScanKind;
        readonly chunks: number;
        readonly writeMode: WriteMode;
    }[];
    readonly warnings: readonly string[];
}
export interface StatusReport {
    readonly jobId: string;
    readonly kind: JobKind;
    readonly state: JobState;
    readonly createdAt: number;
    readonly origin: "cassandra-rekey" | "python";
    readonly tables: readonly StatusTable[];
    readonly workers: readonly WorkerReport[];
    readonly quarantined: number;
    readonly outages: readonly string[];
    readonly controls: JobControls;
}
export interface StatusTable {
    readonly keyspace: string | undefined;
    readonly name: string;
    readonly scan?: ScanKind;
    readonly chunks: TableProgress["chunks"];
    readonly rows: RowCounts;
    readonly young: number;
    readonly fraction: number;
    readonly lastError: string | undefined;
    readonly replica?: string;
}
export interface TuneReport extends JobControls {
    readonly jobId: string;
    readonly state: JobState;
}
export interface RunProgress {
    readonly jobId: string;
    readonly kind: JobKind;
    readonly state: JobState;
    readonly phase: "sweep" | "young" | "paused" | "settling";
    readonly tables: readonly StatusTable[];
    readonly rowsPerSecond: number;
    readonly etaMs: number | undefined;
    readonly permits: number;
    readonly waiting: string | undefined;
    readonly others?: {
        readonly processes: number;
        readonly rowsPerSecond: number;
    };
}
export interface CensusLine extends CensusEntry {
    readonly keyspace: string;
    readonly table: string;
    readonly replica?: string;
}
export interface RunReport {
    readonly jobId: string;
    readonly kind: JobKind;
    readonly outcome: "done" | "interrupted";
    readonly tables: readonly StatusTable[];
    readonly totals: Totals;
    readonly census: readonly CensusLine[];
    readonly quarantined: number;
    readonly young: number;
    readonly elapsedMs: number;
    readonly scanned: number;
    readonly estimateMs: number | undefined;
    readonly notes: readonly string[];
    readonly stored?: true;
    readonly finishedAt?: number;
    readonly sweeps?: SweepReport;
}
export interface SweepReport {
    readonly count: number;
    readonly clean: boolean;
    readonly findings: readonly string[];
}
export interface QuarantinedCell {
    readonly keyspace: string;
    readonly table: string;
    readonly column: string;
    readonly reason: string;
    readonly writetime: bigint;
    readonly key: readonly {
        readonly column: string;
        readonly text: string;
    }[];
    readonly rowKey: string;
}
export interface QuarantineReport {
    readonly jobId: string;
    readonly cells: AsyncIterable<QuarantinedCell>;
}
export interface QuarantineRetryReport {
    readonly jobId: string;
    readonly tried: number;
    readonly rekeyed: number;
    readonly gone: number;
    readonly left: number;
}
export interface VerifyReport {
    readonly jobId: string;
    readonly outcome: "done" | "interrupted";
    readonly finishedAt?: number;
    readonly stored: boolean;
    readonly clean: boolean;
    readonly census: readonly CensusLine[];
    readonly quarantined: number;
    readonly targetVersion: string;
    readonly findings: readonly string[];
    readonly repairs: readonly string[];
    readonly remnants: readonly Remnant[];
}
export interface Remnant {
    readonly keyspace: string;
    readonly table: string;
    readonly what: string;
    readonly command: string;
}
export interface DoctorCheck {
    readonly level: "OK" | "WARN" | "FAIL";
    readonly check: string;
    readonly table?: string;
    readonly message: string;
    readonly next?: string;
}
export interface DoctorReport {
    readonly ok: boolean;
    readonly checks: readonly DoctorCheck[];
    readonly estimates?: readonly TableEstimate[];
}
export interface TableEstimate {
    readonly keyspace: string;
    readonly table: string;
    readonly sampledRows: number;
    readonly exact: boolean;
    readonly rows: number;
    readonly bytes: number;
    readonly cells: readonly {
        readonly column: string;
        readonly keyVersion: string;
        readonly cells: number;
    }[];
    readonly durationMs: number;
    readonly diskGrowthBytes: number;
}

// ---- system-clock.d.ts

import type { Clock } from "@cassandra-rekey/core";
export declare const systemClock: Clock;

// ---- system-random.d.ts

import type { Random } from "@cassandra-rekey/core";
export declare const systemRandom: Random;
