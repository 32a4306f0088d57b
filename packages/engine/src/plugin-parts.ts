import { dirname } from "node:path";
import type {
  Clock,
  EncryptionKey,
  KeyContext,
  Logger,
  PluginContext,
  PluginPart,
  Random,
  SecretRef,
  StateStore,
  Throttle,
} from "@cassandra-rekey/core";
import { RekeyError } from "@cassandra-rekey/core";
import { validateOptions } from "./config/part-options.ts";
import type { KeySettings, LoadedConfig, PartSettings } from "./config/settings.ts";
import type { NamedHook } from "./hooks/hook-dispatcher.ts";
import type { PartKind, PluginIndex } from "./plugins/plugin-index.ts";
import { loadPart, loadProviderModule } from "./plugins/plugin-loader.ts";

/** What parts are made from. */
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

/** Makes the configured parts: imports what is named, validates its options, creates it. */
export class PluginParts {
  readonly #sources: PartSources;

  constructor(sources: PartSources) {
    this.#sources = sources;
  }

  stateStore(): Promise<StateStore> {
    return this.#create<StateStore>("stateStores", this.#sources.config.settings.state, this.#context());
  }

  throttle(part: PartSettings): Promise<Throttle> {
    return this.#create<Throttle>("throttles", part, this.#context());
  }

  async hook(part: PartSettings): Promise<NamedHook> {
    return { name: part.type, hook: await this.#create<NamedHook["hook"]>("hooks", part, this.#context()) };
  }

  async key(part: KeySettings, use: KeyContext["use"]): Promise<EncryptionKey> {
    const context: KeyContext = { ...this.#context(), keyVersion: part.version, use };
    const key = await this.#create<EncryptionKey, KeyContext>("providers", part, context, part.module);
    if (key.version === part.version) return key;
    await key[Symbol.asyncDispose]();
    throw new RekeyError("KEY.CONTRACT", `provider ${part.type} made a key of version "${key.version}" where "${part.version}" was asked for`);
  }

  /** Imports every part that the configuration names and validates its options, without creating anything. */
  async check(): Promise<void> {
    const { settings } = this.#sources.config;
    const named: [PartKind, PartSettings, string | undefined][] = [
      ["stateStores", settings.state, undefined],
      ...settings.throttles.map((part): [PartKind, PartSettings, undefined] => ["throttles", part, undefined]),
      ...settings.hooks.map((part): [PartKind, PartSettings, undefined] => ["hooks", part, undefined]),
      ...[settings.keys.target, ...settings.keys.previous].map(
        (part): [PartKind, PartSettings, string | undefined] => ["providers", part, part.module],
      ),
    ];
    const problems: string[] = [];
    for (const [kind, part, module] of named) {
      try {
        const { options } = await this.#load(kind, part, module);
        await validateOptions(options, part, this.#sources.config);
      } catch (error) {
        if (!(error instanceof Error) || !("problems" in error)) throw error;
        const listed = error.problems as readonly string[];
        problems.push(...(listed.length > 0 ? listed : [error.message]));
      }
    }
    if (problems.length > 0) {
      throw new RekeyError("CONFIG.INVALID", `${this.#sources.config.path} has ${problems.length} problem${problems.length === 1 ? "" : "s"}`, { problems });
    }
  }

  async #create<Product, Context extends PluginContext = PluginContext>(
    kind: PartKind,
    settings: PartSettings,
    context: Context,
    module?: string,
  ): Promise<Product> {
    const part = (await this.#load(kind, settings, module)) as PluginPart<Product, Context>;
    const options = await validateOptions(part.options, settings, this.#sources.config);
    return part.create(options, context);
  }

  #load(kind: PartKind, settings: PartSettings, module: string | undefined): Promise<PluginPart<unknown, never>> {
    if (module !== undefined) return loadProviderModule(module, settings.type, dirname(this.#sources.config.path));
    const { allowedPlugins } = this.#sources.config.settings;
    return loadPart(this.#sources.plugins, kind, settings.type, allowedPlugins);
  }

  #context(): PluginContext {
    const { logger, clock, random, signal, secret, cluster, workers } = this.#sources;
    return { logger, clock, random, signal, secret, cluster, workers };
  }
}
