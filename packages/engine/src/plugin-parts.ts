import type {
  Clock,
  EncryptionKey,
  ErrorCode,
  KeyContext,
  Logger,
  PluginContext,
  PluginPart,
  Random,
  SecretRef,
  StateStore,
  Throttle,
  ThrottleContext,
} from "@cassandra-rekey/core";
import { isRekeyError, RekeyError } from "@cassandra-rekey/core";
import { type CheckedOptions, checkOptions, secretPlace } from "./config/part-options.ts";
import { placed } from "./config/place-errors.ts";
import type { ConfigPath, HookSettings, KeySettings, LoadedConfig, PartSettings } from "./config/settings.ts";
import { checkedThrottle } from "./governor/checked-throttle.ts";
import type { NamedHook } from "./hooks/hook-dispatcher.ts";
import { checkedKey } from "./keyring/checked-key.ts";
import { allKeyrings } from "./keyring/column-keyring.ts";
import { allowsPackage } from "./plugins/allow-list.ts";
import { checkedStore } from "./plugins/checked-store.ts";
import { partCloser } from "./plugins/part-closer.ts";
import { type PartKind, partLabel } from "./plugins/part-kind.ts";
import type { PluginIndex } from "./plugins/plugin-index.ts";
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

/** What a throttle is told about the run that it is made for. */
export type ThrottledRun = Pick<ThrottleContext, "job" | "liveWorkers" | "workers">;

/** Makes the configured parts: imports what is named, validates its options, creates it. */
export class PluginParts {
  readonly #sources: PartSources;

  constructor(sources: PartSources) {
    this.#sources = sources;
  }

  async stateStore(): Promise<StateStore> {
    const { state } = this.#sources.config.settings;
    const store = await this.#create<StateStore>("stateStores", state);
    try {
      return checkedStore(store, state.type);
    } catch (error) {
      await this.closer("stateStores", state, store)[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The throttles without those that nobody asked for and no usable plugin has. */
  present(throttles: readonly PartSettings[]): readonly PartSettings[] {
    const { plugins, config } = this.#sources;
    return throttles.filter(({ type, optional }) => {
      const found = optional && plugins.find("throttles", type);
      return found ? allowsPackage(config.settings.allowedPlugins, found) : !optional;
    });
  }

  async throttle(part: PartSettings, of: ThrottledRun): Promise<Throttle> {
    return checkedThrottle(await this.#create<Throttle>("throttles", part, of), part.type);
  }

  async hook(part: HookSettings): Promise<NamedHook> {
    const hook = await this.#create<NamedHook["hook"]>("hooks", part, { critical: part.critical });
    const missing = missingIn(hook);
    if (missing !== undefined) {
      await this.closer("hooks", part, hook)[Symbol.asyncDispose]();
      throw new RekeyError("PLUGIN.INVALID", `The hook "${part.type}" was made without ${missing}()`);
    }
    return { name: part.type, hook, critical: part.critical };
  }

  /** `called` is told of the key's calls to a key service. */
  async key(
    part: KeySettings,
    use: KeyContext["use"],
    called?: KeyContext["called"],
  ): Promise<EncryptionKey> {
    const key = await this.#create<EncryptionKey>("providers", part, {
      keyVersion: part.version,
      use,
      ...(called && { called }),
    });
    try {
      if (key.version === part.version) return checkedKey(key, part.type, this.#sources);
      throw new RekeyError(
        "KEY.CONTRACT",
        `provider ${part.type} made a key of version "${key.version}" where "${part.version}" was asked for`,
      );
    } catch (error) {
      await this.closer("providers", part, key)[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What closes a part once it is no longer needed; it rejects with errors of ours alone, and in bounded time. */
  closer(kind: PartKind, { type }: Pick<PartSettings, "type">, part: AsyncDisposable): AsyncDisposable {
    return partCloser(part, `The ${partLabel(kind)} "${type}"`, this.#sources);
  }

  /** Imports every part that the configuration names and validates its options, without creating anything. */
  async check(): Promise<void> {
    const { settings, locate, path } = this.#sources.config;
    const { state, throttles, hooks } = settings;
    const keys = [...allKeyrings(settings).values()].flatMap(({ target, previous }) => [target, ...previous]);
    const parts = (kind: PartKind, list: readonly PartSettings[]) => list.map((part) => ({ kind, part }));
    const named = [
      ...parts("stateStores", [state]),
      ...parts("throttles", this.present(throttles)),
      ...parts("hooks", hooks),
      ...parts("providers", keys),
    ]
      .map((entry) => ({ ...entry, line: locate(entry.part.at).line }))
      .sort((a, b) => a.line - b.line);
    const errors: RekeyError[] = [];
    for (const { kind, part } of named) {
      try {
        await this.#checked(kind, part);
      } catch (error) {
        if (!isRekeyError(error)) throw error;
        errors.push(error);
      }
    }
    const together = oneError(errors, `${path} has`);
    if (together) throw together;
  }

  async #create<Product extends AsyncDisposable>(
    kind: PartKind,
    settings: PartSettings,
    more: object = {},
  ): Promise<Product> {
    const { logger, clock, random, signal, cluster, workers } = this.#sources;
    const { part, options } = await this.#checked(kind, settings);
    const secret = this.#secretFor(settings);
    const context: PluginContext = { logger, clock, random, signal, secret, cluster, workers };
    // Spreading would read getters once and for all: the number of workers changes.
    Object.defineProperties(context, Object.getOwnPropertyDescriptors(more));
    const who = `The ${partLabel(kind)} "${settings.type}"`;
    let product: unknown;
    try {
      product = await part.create(options, context as never);
    } catch (error) {
      if (isRekeyError(error) || signal.aborted) throw error;
      // The text of a foreign error may quote a secret.
      const name = error instanceof Error ? error.name : typeof error;
      throw new RekeyError("PLUGIN.INVALID", `${who} could not be made: ${name}`, { cause: error });
    }
    const { [Symbol.asyncDispose]: dispose } = (product ?? {}) as Partial<AsyncDisposable>;
    if (typeof dispose === "function") return product as Product;
    throw new RekeyError("PLUGIN.INVALID", `${who} was made without [Symbol.asyncDispose]`);
  }

  /** Reads secrets; what is missing is told of with the place that refers to it. */
  #secretFor(settings: PartSettings): PluginContext["secret"] {
    const { config, secret } = this.#sources;
    return async (ref) => {
      try {
        return await secret(ref);
      } catch (error) {
        throw placed(error, config, secretPlace(settings, ref), ["CONFIG.SECRET_MISSING"]);
      }
    };
  }

  /** The part that the settings name, and its options as its schema made them. */
  async #checked(kind: PartKind, settings: PartSettings | KeySettings) {
    const { config, plugins } = this.#sources;
    const allowed = config.settings.allowedPlugins;
    const module = "module" in settings ? settings.module : undefined;
    let part: PluginPart<unknown, never>;
    let checked: CheckedOptions;
    try {
      part = module
        ? await loadModuleProvider(module, { allowed })
        : await loadPart(plugins, kind, settings.type, { allowed });
      checked = await checkOptions(part, `The ${partLabel(kind)} "${settings.type}"`, settings, config);
    } catch (error) {
      throw placed(error, config, namePlace(kind, settings, module !== undefined), LOADING);
    }
    if (checked.ok) return { part, options: checked.options };
    const { problems } = checked;
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new RekeyError("CONFIG.INVALID", `${config.path} has ${count}`, { problems });
  }
}

/** Nobody would miss one that hears nothing, and a guard that cannot be asked lets everything through. */
function missingIn({ on, gate }: Partial<NamedHook["hook"]>): "on" | "gate" | undefined {
  if (typeof on !== "function") return "on";
  return gate === undefined || typeof gate === "function" ? undefined : "gate";
}

/** Where the configuration names a part. */
function namePlace(kind: PartKind, { at }: PartSettings, isModule: boolean): ConfigPath {
  // The short form of the latency throttle names no part.
  if (at[0] === "execution") return at;
  if (isModule) return [...at, "module"];
  return [...at, kind === "providers" && at[0] !== "provider" ? "provider" : "type"];
}

/** What may be wrong with a part itself, whatever its options. */
const LOADING: readonly ErrorCode[] = ["CONFIG.UNKNOWN_PART", "PLUGIN.INVALID", "PLUGIN.API_VERSION"];

/** One error for several: itself when it is the only one, else one that lists them all, each with its hint if they differ. */
export function oneError(errors: readonly RekeyError[], where: string): RekeyError | undefined {
  const [first] = errors;
  if (!first || errors.length === 1) return first;
  const hints = new Set(errors.map((error) => error.hint));
  const withHint = ({ message, hint }: RekeyError) => (hints.size === 1 ? message : `${message}. ${hint}`);
  const lines = errors.flatMap((error) => (error.problems.length > 0 ? error.problems : withHint(error)));
  const problems = [...new Set(lines)];
  const codes = new Set(errors.map((error) => error.code));
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new RekeyError(codes.size === 1 ? first.code : "CONFIG.INVALID", `${where} ${count}`, {
    problems,
    ...(hints.size === 1 && { hint: first.hint }),
  });
}
