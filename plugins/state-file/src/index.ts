import { type Clock, definePart, definePlugin, type Random, type StateStore } from "@cassandra-rekey/core";
import { z } from "zod";
import { FileStateStore } from "./file-state-store.ts";

/** Options of the `file` state store. */
export const fileOptions = z.strictObject({
  path: z
    .string()
    .min(1)
    .default("cassandra-rekey.state.db")
    .describe(
      "The SQLite file, relative to the configuration's folder. On a local disk, never on a network file system.",
    ),
});

/** Opens a file store for programs that embed the engine. */
export function openFileStateStore(path: string, clock: Clock, random: Random): StateStore {
  return new FileStateStore(path, clock, random);
}

export default definePlugin({
  name: "@cassandra-rekey/state-file",
  stateStores: {
    file: definePart({
      options: fileOptions,
      create: async ({ path }, ctx) => new FileStateStore(path, ctx.clock, ctx.random),
    }),
  },
});
