import { existsSync } from "node:fs";
import { definePart, definePlugin, type Hook } from "@cassandra-rekey/core";
import { z } from "zod";
import { lineOf } from "./event-line.ts";

/** Options. Their descriptions are shown by `cassandra-rekey extensions show template-part`. */
export const options = z.strictObject({
  freeze_file: z.string().optional().describe("While this file is there, no job is started."),
});

export default definePlugin({
  name: "template-package",
  hooks: {
    "template-part": definePart({
      options,
      async create({ freeze_file }, { logger }): Promise<Hook> {
        return {
          on(event) {
            const line = lineOf(event);
            if (line !== undefined) logger.info({ job: event.jobId }, line);
          },
          async gate() {
            if (freeze_file === undefined || !existsSync(freeze_file)) return { allow: true };
            return { allow: false, reason: `${freeze_file} is there` };
          },
          async [Symbol.asyncDispose]() {},
        };
      },
    }),
  },
});
