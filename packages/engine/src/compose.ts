// tsyringe needs the reflection polyfill before it is loaded.
import "reflect-metadata";
import type { EncryptionKey, StateStore, Throttle, Token } from "@cassandra-rekey/core";
import {
  type CellSink,
  type CellSource,
  type Clock,
  isRekeyError,
  type Logger,
  type Random,
  type RekeyError,
  TOKENS,
} from "@cassandra-rekey/core";
import { type DependencyContainer, type InjectionToken, container as root } from "tsyringe";
import type { Settings } from "./config/settings.ts";
import type { NamedHook } from "./hooks/hook-dispatcher.ts";
import { KeyCalls } from "./keyring/key-calls.ts";
import { Keyring } from "./keyring/keyring.ts";
import { oneError, type PluginParts, type ThrottledRun } from "./plugin-parts.ts";

/** The container of one run, closed with everything that was made for it. */
export interface RunScope extends AsyncDisposable {
  resolve<Value>(token: Token<Value>): Value;
  readonly keyring: Keyring;
  readonly keyCalls: KeyCalls;
}

/** What is there before a run and outlives it. */
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

/** Replaces parts of a run, in tests and in programs that embed the engine. */
export type Override = (container: DependencyContainer) => void;

/**
 * Makes the container of one run: the named plugins first, awaited, then our own classes over them. Nothing is put on
 * tsyringe's root container. What has to be closed hangs on a stack of ours, because tsyringe's `dispose` skips values.
 */
export async function composeRun(shared: SharedParts, override?: Override): Promise<RunScope> {
  await using building = new AsyncDisposableStack();
  const container = root.createChildContainer();
  const provide = <Value>(token: Token<Value>, value: Value) =>
    container.register(asKey(token), { useValue: value });

  const { keys, throttles, hooks } = shared.settings;
  const keyCalls = new KeyCalls();
  const [target, ...previous] = await openKeys(keys, keyCalls, shared.parts, building);
  const limits: Throttle[] = [];
  for (const throttle of shared.parts.present(throttles))
    limits.push(building.use(await shared.parts.throttle(throttle, shared.throttled)));
  const listeners: NamedHook[] = [];
  for (const hook of hooks) {
    const named = await shared.parts.hook(hook);
    building.use(named.hook);
    listeners.push(named);
  }

  provide(TOKENS.clock, shared.clock);
  provide(TOKENS.random, shared.random);
  provide(TOKENS.logger, shared.logger);
  provide(TOKENS.stateStore, shared.store);
  provide(TOKENS.cellSource, shared.source);
  provide(TOKENS.cellSink, shared.sink);
  provide(TOKENS.targetKey, target);
  provide(TOKENS.previousKeys, previous);
  provide(TOKENS.throttles, limits);
  provide(TOKENS.hooks, listeners);
  container.register(Keyring, {
    useFactory: (scope) =>
      new Keyring(scope.resolve(asKey(TOKENS.targetKey)), scope.resolve(asKey(TOKENS.previousKeys))),
  });
  override?.(container);

  const keyring = container.resolve(Keyring);
  const stack = building.move();
  return {
    keyring,
    keyCalls,
    resolve: (token) => container.resolve(asKey(token)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The target key, then the previous ones. All are tried, so that every missing secret is told of at once. */
async function openKeys(
  { target, previous }: Settings["keys"],
  calls: KeyCalls,
  parts: PluginParts,
  building: AsyncDisposableStack,
): Promise<readonly [EncryptionKey, ...EncryptionKey[]]> {
  const keys: EncryptionKey[] = [];
  const errors: RekeyError[] = [];
  for (const settings of [target, ...previous]) {
    try {
      const use = settings === target ? "target" : "previous";
      keys.push(building.use(await parts.key(settings, use, calls.of(settings.version))));
    } catch (error) {
      if (!isRekeyError(error) || !error.code.startsWith("CONFIG.")) throw error;
      errors.push(error);
    }
  }
  const together = oneError(errors, "the keyring has");
  if (together) throw together;
  return keys as [EncryptionKey, ...EncryptionKey[]];
}

function asKey<Value>(token: Token<Value>): InjectionToken<Value> {
  return token as symbol;
}
