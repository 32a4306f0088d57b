import { randomBytes } from "node:crypto";
import { type KeyContext, RekeyError } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";

const silent = () => {};

/** What the engine gives a provider, with secrets by variable or file name. */
export function contextOf(secrets: Readonly<Record<string, string>>, keyVersion = "v1"): KeyContext {
  return {
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    clock: new ManualClock(),
    random: { bytes: (length) => randomBytes(length), uuid: () => crypto.randomUUID(), fraction: () => 0 },
    signal: new AbortController().signal,
    secret: async (ref) => {
      const found = secrets["env" in ref ? ref.env : ref.file];
      if (found === undefined) throw new RekeyError("CONFIG.SECRET_MISSING", "no such secret");
      return Buffer.from(found);
    },
    cluster: async () => ({}),
    workers: 1,
    keyVersion,
    use: "target",
  };
}
