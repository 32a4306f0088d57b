import { randomBytes } from "node:crypto";
import { type KeyContext, RekeyError } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";

const silent = () => {};

/** What the engine gives a provider that needs no secrets. */
export function contextOf(keyVersion: string, use: KeyContext["use"] = "previous"): KeyContext {
  return {
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: new ManualClock(),
    random: { bytes: (length) => randomBytes(length), uuid: () => crypto.randomUUID(), fraction: () => 0 },
    signal: new AbortController().signal,
    secret: async () => {
      throw new RekeyError("CONFIG.SECRET_MISSING", "no such secret");
    },
    cluster: async () => ({}),
    workers: 1,
    keyVersion,
    use,
  };
}
