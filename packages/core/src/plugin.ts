import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { Clock } from "./clock.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { Hook } from "./hook.ts";
import type { KeyServiceCall } from "./key-usage.ts";
import type { Logger } from "./logger.ts";
import type { Random } from "./random.ts";
import type { StateStore } from "./state-store.ts";
import type { Throttle } from "./throttle.ts";

/** The version of the plugin contract in this copy of core. Rises only with a breaking change. */
export const API_VERSION = 1;

const PLUGIN_BRAND = "cassandra-rekey.plugin";

/** Where a secret is kept; the configuration never holds the secret itself. */
export type SecretRef = { readonly env: string } | { readonly file: string };

/** A schema that validates options and describes itself as JSON Schema (zod 4 does both). */
export type OptionsSchema<Output = unknown> = StandardSchemaV1<unknown, Output> &
  StandardJSONSchemaV1<unknown, Output>;

/** What every plugin part is given when it is created. */
export interface PluginContext {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the run ends. */
  readonly signal: AbortSignal;
  /**
   * The secret's bytes without the line breaks at their end, 64 KiB at most: a key has to be text there, because the last
   * bytes of a binary one may look like a line break. Rejects with `CONFIG.SECRET_MISSING`.
   */
  secret(ref: SecretRef): Promise<Uint8Array>;
  /** The shared cluster connection; `@cassandra-rekey/cassandra` tells what it offers (`clusterOf(ctx)`). */
  cluster(): Promise<object>;
  /** How many workers this process runs. */
  readonly workers: number;
}

/** What a provider's `create` is told about the key besides its options. */
export interface KeyContext extends PluginContext {
  /** The key version label. */
  readonly keyVersion: string;
  readonly use: "target" | "previous";
  /** To be told of each call to a key service, so that hooks hear of it. Never throws. */
  called?(call: KeyServiceCall): void;
}

/** What a throttle's `create` is told about the job besides its options. */
export interface ThrottleContext extends PluginContext {
  readonly job: {
    readonly id: string;
    readonly tables: readonly { readonly keyspace: string; readonly name: string }[];
  };
  /** How many workers this job has now in all processes, this one's included; some seconds old. */
  liveWorkers(): number;
}

/** What a hook's `create` is told besides its options. */
export interface HookContext extends PluginContext {
  /** Whether the job waits for the hook, and stops when it fails: see {@link Hook}. */
  readonly critical?: boolean;
}

/** One named part of a plugin: how its options look, and how it is made from them. */
export interface PluginPart<Product, Context extends PluginContext = PluginContext> {
  readonly options: OptionsSchema;
  create(options: unknown, ctx: Context): Promise<Product>;
}

/** Declares a part with its options typed by their schema. */
export function definePart<Product, Options, Context extends PluginContext = PluginContext>(part: {
  readonly options: OptionsSchema<Options>;
  create(options: Options, ctx: Context): Promise<Product>;
}): PluginPart<Product, Context> {
  return part as PluginPart<Product, Context>;
}

/** {@link definePart} for providers. */
export const defineProvider = definePart<EncryptionKey, never, KeyContext> as <Options>(part: {
  readonly options: OptionsSchema<Options>;
  create(options: Options, ctx: KeyContext): Promise<EncryptionKey>;
}) => PluginPart<EncryptionKey, KeyContext>;

/** {@link definePart} for throttles. */
export const defineThrottle = definePart<Throttle, never, ThrottleContext> as <Options>(part: {
  readonly options: OptionsSchema<Options>;
  create(options: Options, ctx: ThrottleContext): Promise<Throttle>;
}) => PluginPart<Throttle, ThrottleContext>;

/** {@link definePart} for hooks. */
export const defineHook = definePart<Hook, never, HookContext> as <Options>(part: {
  readonly options: OptionsSchema<Options>;
  create(options: Options, ctx: HookContext): Promise<Hook>;
}) => PluginPart<Hook, HookContext>;

/** The parts of a plugin, by the names that configurations use. */
export interface PluginParts {
  readonly name: string;
  readonly providers?: Readonly<Record<string, PluginPart<EncryptionKey, KeyContext>>>;
  readonly stateStores?: Readonly<Record<string, PluginPart<StateStore>>>;
  readonly throttles?: Readonly<Record<string, PluginPart<Throttle, ThrottleContext>>>;
  readonly hooks?: Readonly<Record<string, PluginPart<Hook, HookContext>>>;
}

/** What a plugin package's entry exports by default. */
export interface Plugin extends PluginParts {
  readonly brand: string;
  readonly apiVersion: number;
}

/** Marks the parts as a plugin and stamps the contract version of the core that it was built with. */
export function definePlugin(parts: PluginParts): Plugin {
  return { ...parts, brand: PLUGIN_BRAND, apiVersion: API_VERSION };
}

/** Whether a value was made by {@link definePlugin}, of this or another copy of core. */
export function isPlugin(value: unknown): value is Plugin {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as { brand?: unknown }).brand === PLUGIN_BRAND &&
    typeof (value as { apiVersion?: unknown }).apiVersion === "number"
  );
}
