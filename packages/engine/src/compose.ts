// tsyringe needs the reflection polyfill before it is loaded.
import "reflect-metadata";
import type { EncryptionKey, StateStore, Throttle, Token } from "@cassandra-rekey/core";
import {
  type CellSink,
  type CellSource,
  type Clock,
  type Logger,
  type Random,
  TOKENS,
} from "@cassandra-rekey/core";
import { type DependencyContainer, type InjectionToken, container as root } from "tsyringe";
import type { Settings } from "./config/settings.ts";
import type { NamedHook } from "./hooks/hook-dispatcher.ts";
import { checkedKey } from "./keyring/checked-key.ts";
import { KeyCalls } from "./keyring/key-calls.ts";
import { type KeyringKeys, Keyrings } from "./keyring/keyrings.ts";
import { openKeyrings } from "./keyring/open-keyrings.ts";
import type { PluginParts, ThrottledRun } from "./plugin-parts.ts";
import { madeUntil } from "./plugins/made-until.ts";

/** The container of one run, closed with everything that was made for it. */
export interface RunScope extends AsyncDisposable {
  resolve<Value>(token: Token<Value>): Value;
  readonly keyrings: Keyrings;
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
 * tsyringe's root container. After `signal` nobody waits for a plugin that is still at it. What has to be closed hangs on
 * a stack of ours, because tsyringe's `dispose` skips values.
 */
export async function composeRun(
  shared: SharedParts,
  signal: AbortSignal,
  override?: Override,
): Promise<RunScope> {
  await using building = new AsyncDisposableStack();
  const container = root.createChildContainer();
  const provide = <Value>(token: Token<Value>, value: Value) =>
    container.register(asKey(token), { useValue: value });

  const { throttles, hooks } = shared.settings;
  const keyCalls = new KeyCalls();
  const onRetry = (attempt: number, code: string) =>
    shared.logger.warn({ code, attempt }, "a key cannot be opened now; trying again");
  const tools = { signal, calls: keyCalls, patience: { ...shared, onRetry } };
  const { main, named } = await openKeyrings(shared.settings, shared.parts, building, tools);
  const limits: Throttle[] = [];
  for (const settings of shared.parts.present(throttles)) {
    const closer = (throttle: Throttle) => shared.parts.closer("throttles", settings, throttle);
    const throttle = await madeUntil(shared.parts.throttle(settings, shared.throttled), signal, closer);
    building.use(closer(throttle));
    limits.push(throttle);
  }
  const listeners: NamedHook[] = [];
  for (const settings of hooks) {
    const closer = ({ hook }: NamedHook) => shared.parts.closer("hooks", settings, hook);
    const listener = await madeUntil(shared.parts.hook(settings), signal, closer);
    building.use(closer(listener));
    listeners.push(listener);
  }

  provide(TOKENS.clock, shared.clock);
  provide(TOKENS.random, shared.random);
  provide(TOKENS.logger, shared.logger);
  provide(TOKENS.stateStore, shared.store);
  provide(TOKENS.cellSource, shared.source);
  provide(TOKENS.cellSink, shared.sink);
  provide(TOKENS.targetKey, main.target);
  provide(TOKENS.previousKeys, main.previous);
  provide(TOKENS.namedKeys, named);
  provide(TOKENS.throttles, limits);
  provide(TOKENS.hooks, listeners);
  const opened = new Set([main, ...named.values()].flatMap(({ target, previous }) => [target, ...previous]));
  // A key of the program that embeds the engine is looked at like anybody's.
  const checked = (key: EncryptionKey) => (opened.has(key) ? key : checkedKey(key, "override", shared));
  const all = ({ target, previous }: KeyringKeys): KeyringKeys => ({
    target: checked(target),
    previous: previous.map(checked),
  });
  container.register(Keyrings, {
    useFactory: (scope) => {
      const target = scope.resolve(asKey(TOKENS.targetKey));
      const previous = scope.resolve(asKey(TOKENS.previousKeys));
      const others = scope.resolve(asKey(TOKENS.namedKeys));
      return new Keyrings(
        all({ target, previous }),
        new Map([...others].map(([name, keys]) => [name, all(keys)])),
      );
    },
  });
  override?.(container);

  const keyrings = container.resolve(Keyrings);
  const stack = building.move();
  return {
    keyrings,
    keyCalls,
    resolve: (token) => container.resolve(asKey(token)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function asKey<Value>(token: Token<Value>): InjectionToken<Value> {
  return token as symbol;
}
