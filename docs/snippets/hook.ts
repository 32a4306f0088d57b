import { existsSync } from "node:fs";
import { definePart, definePlugin, type Hook } from "@cassandra-rekey/core";
import { z } from "zod";

const options = z.strictObject({
  freeze_file: z.string().describe("While this file is there, no job is started."),
});

export default definePlugin({
  name: "@acme/rekey-freeze",
  hooks: {
    freeze: definePart({
      options,
      async create({ freeze_file }, { logger }): Promise<Hook> {
        return {
          on(event) {
            if (event.type === "chunk.failed") logger.warn({ chunk: event.chunkId }, "acme: a chunk failed");
          },
          async gate() {
            return existsSync(freeze_file)
              ? { allow: false, reason: `${freeze_file} is there` }
              : { allow: true };
          },
          async [Symbol.asyncDispose]() {},
        };
      },
    }),
  },
});
