import { RekeyError, type StateStore } from "@cassandra-rekey/core";
import { partFailure } from "./part-failure.ts";

type Method = (...args: unknown[]) => unknown;

/** A state store of anyone's: errors that are not meant for people name the store and what was asked of it. */
export function namedStore(store: StateStore, name: string): StateStore {
  const failed = (call: string, args: readonly unknown[], error: unknown): unknown => {
    if (args.some((each) => each instanceof AbortSignal && each.aborted)) return error;
    return partFailure(error, (failure, cause) => {
      const what = `state store ${name}: ${call} failed: ${failure}`;
      const hint = "Update the state store; report it to its author.";
      return new RekeyError("INTERNAL.INVARIANT", what, { hint, cause });
    });
  };
  const named =
    (call: string, method: Method) =>
    (...args: unknown[]) => {
      let result: unknown;
      try {
        result = method.apply(store, args);
      } catch (error) {
        throw failed(call, args, error);
      }
      // Entries of a quarantine come one by one, and are read when they are asked for.
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        throw failed(call, args, error);
      });
    };
  const methods = new Map<string | symbol, unknown>();
  // In front of nothing: what is frozen lets no proxy answer for it.
  return new Proxy({} as StateStore, {
    get(_, property) {
      const value: unknown = Reflect.get(store, property, store);
      if (typeof value !== "function") return value;
      // Who closes it tells what fails by itself.
      if (property === Symbol.asyncDispose) return value.bind(store);
      if (!methods.has(property)) methods.set(property, named(String(property), value as Method));
      return methods.get(property);
    },
  });
}
