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
import { isRekeyError, RekeyError } from "@cassandra-rekey/core";
import { checkOptions } from "./config/part-options.ts";
import type { KeySettings, LoadedConfig, LocalModule, PartSettings } from "./config/settings.ts";
import type { NamedHook } from "./hooks/hook-dispatcher.ts";
import type { PartKind, PluginIndex } from "./plugins/plugin-index.ts";
import { loadModuleProvider, loadPart } from "./plugins/plugin-loader.ts";

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
    throw new RekeyError(
      "KEY.CONTRACT",
      `provider ${part.type} made a key of version "${key.version}" where "${part.version}" was asked for`,
    );
  }

  /** Imports every part that the configuration names and validates its options, without creating anything. */
  async check(): Promise<void> {
    const { settings } = this.#sources.config;
    const named: [PartKind, PartSettings, LocalModule | undefined][] = [
      ["stateStores", settings.state, undefined],
      ...settings.throttles.map((part): [PartKind, PartSettings, undefined] => [
        "throttles",
        part,
        undefined,
      ]),
      ...settings.hooks.map((part): [PartKind, PartSettings, undefined] => ["hooks", part, undefined]),
      ...[settings.keys.target, ...settings.keys.previous].map(
        (part): [PartKind, PartSettings, LocalModule | undefined] => ["providers", part, part.module],
      ),
    ];
    const problems: string[] = [];
    for (const [kind, part, module] of named) {
      try {
        const checked = await checkOptions(await this.#load(kind, part, module), part, this.#sources.config);
        if (!checked.ok) problems.push(...checked.problems);
      } catch (error) {
        if (!isRekeyError(error)) throw error;
        problems.push(...(error.problems.length > 0 ? error.problems : [error.message]));
      }
    }
    this.#throwProblems(problems);
  }

  async #create<Product, Context extends PluginContext = PluginContext>(
    kind: PartKind,
    settings: PartSettings,
    context: Context,
    module?: LocalModule,
  ): Promise<Product> {
    const part = (await this.#load(kind, settings, module)) as PluginPart<Product, Context>;
    const checked = await checkOptions(part, settings, this.#sources.config);
    if (!checked.ok) return this.#throwProblems(checked.problems) as never;
    return part.create(checked.options, context);
  }

  #load(
    kind: PartKind,
    settings: PartSettings,
    module: LocalModule | undefined,
  ): Promise<PluginPart<unknown, never>> {
    const allowed = this.#sources.config.settings.allowedPlugins;
    if (module !== undefined) return loadModuleProvider(module, { allowed });
    return loadPart(this.#sources.plugins, kind, settings.type, { allowed });
  }

  #throwProblems(problems: readonly string[]): void {
    if (problems.length === 0) return;
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    throw new RekeyError("CONFIG.INVALID", `${this.#sources.config.path} has ${count}`, { problems });
  }

  #context(): PluginContext {
    const { logger, clock, random, signal, secret, cluster, workers } = this.#sources;
    return { logger, clock, random, signal, secret, cluster, workers };
  }
}
