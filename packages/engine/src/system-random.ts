import { randomBytes, randomUUID } from "node:crypto";
import type { Random } from "@cassandra-rekey/core";

/** The operating system's randomness; jitter from the language's own. */
export const systemRandom: Random = {
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
  fraction: () => Math.random(),
};
