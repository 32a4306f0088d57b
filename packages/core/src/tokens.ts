import type { CellSink } from "./cell-sink.ts";
import type { CellSource } from "./cell-source.ts";
import type { Clock } from "./clock.ts";
import type { EncryptionKey } from "./encryption-key.ts";
import type { Hook } from "./hook.ts";
import type { Logger } from "./logger.ts";
import type { Random } from "./random.ts";
import type { StateStore } from "./state-store.ts";
import type { Throttle } from "./throttle.ts";

/** Names a dependency and its type. The symbol is global, so two copies of core agree. */
export type Token<_Value> = symbol & { readonly __value?: _Value };

function token<Value>(name: string): Token<Value> {
  return Symbol.for(`cassandra-rekey/${name}`) as Token<Value>;
}

/** The dependencies that a run is made of. */
export const TOKENS = {
  clock: token<Clock>("clock"),
  random: token<Random>("random"),
  logger: token<Logger>("logger"),
  stateStore: token<StateStore>("state-store"),
  cellSource: token<CellSource>("cell-source"),
  cellSink: token<CellSink>("cell-sink"),
  throttles: token<readonly Throttle[]>("throttles"),
  hooks: token<readonly { readonly name: string; readonly hook: Hook }[]>("hooks"),
  /** The key that cells are rewritten to. */
  targetKey: token<EncryptionKey>("target-key"),
  previousKeys: token<readonly EncryptionKey[]>("previous-keys"),
  /** The keys of further keyrings, by the name of the keyring. */
  namedKeys:
    token<
      ReadonlyMap<string, { readonly target: EncryptionKey; readonly previous: readonly EncryptionKey[] }>
    >("named-keys"),
} as const;
