import { RekeyError, type StateStore } from "@cassandra-rekey/core";
import type { z } from "zod";
import { partFailure } from "./part-failure.ts";
import { ANSWERS, type Method, QUARANTINED, whatIsMissing, whyWrong } from "./store-answers.ts";

/**
 * A state store of anyone's: errors that are not meant for people name the store and what was asked of it, and so does
 * what is thrown at an answer that is none. Throws `PLUGIN.INVALID` for what is no state store at all.
 */
export function checkedStore(store: StateStore, name: string): StateStore {
  const invalid = (what: string) => new RekeyError("PLUGIN.INVALID", `The state store "${name}" ${what}`);
  const missing = whatIsMissing(store);
  if (missing !== undefined) throw invalid(`was made ${missing}`);
  const failed = (call: string, args: readonly unknown[], error: unknown): unknown => {
    if (args.some((each) => each instanceof AbortSignal && each.aborted)) return error;
    return partFailure(error, (failure, cause) => {
      const what = `state store ${name}: ${call} failed: ${failure}`;
      const hint = "Update the state store; report it to its author.";
      return new RekeyError("INTERNAL.INVARIANT", what, { hint, cause });
    });
  };
  const check = (call: string, schema: z.ZodType, answer: unknown) => {
    const wrong = whyWrong(schema, answer);
    if (wrong !== undefined) throw invalid(`gave ${call}() an answer that is none: ${wrong}`);
  };
  const asked =
    (call: string, schema: z.ZodType) =>
    async (...args: unknown[]) => {
      let answer: unknown;
      try {
        answer = await Reflect.get(store, call).apply(store, args);
      } catch (error) {
        throw failed(call, args, error);
      }
      check(call, schema, answer);
      return answer;
    };
  const methods = Object.entries(ANSWERS).map(([call, schema]) => [call, asked(call, schema)] as const);
  return {
    ...(Object.fromEntries(methods) as unknown as Pick<StateStore, Method>),
    capabilities: store.capabilities,
    /** Entries come one by one, and are read when they are asked for. */
    async *quarantined(...args) {
      try {
        for await (const entry of store.quarantined(...args)) {
          check("quarantined", QUARANTINED, entry);
          yield entry;
        }
      } catch (error) {
        throw failed("quarantined", args, error);
      }
    },
    // Who closes it tells what fails by itself.
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
