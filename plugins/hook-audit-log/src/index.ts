import { resolve } from "node:path";
import { defineHook, definePlugin, type Hook, NO_VARIABLE_NAME, VARIABLE_NAME } from "@cassandra-rekey/core";
import { z } from "zod";
import { AppendLock } from "./append-lock.ts";
import { AuditFile } from "./audit-file.ts";
import { AuditLog } from "./audit-log.ts";

export type { Head } from "./chain.ts";
export { type AuditReport, type VerifyOptions, verifyAuditLog } from "./verify-audit-log.ts";

const secret = z.union([
  z.strictObject({
    env: z
      .string()
      .regex(VARIABLE_NAME, NO_VARIABLE_NAME)
      .describe("Environment variable that holds the key."),
  }),
  z.strictObject({ file: z.string().min(1).describe("File that holds the key.") }),
]);

/** Options of the `audit-log` hook. */
export const auditLogOptions = z.strictObject({
  path: z
    .string()
    .min(1)
    .default("cassandra-rekey.audit.jsonl")
    .describe("The log, relative to the working directory. On a local disk; its folder must be there."),
  detail: z
    .enum(["job", "chunk", "page"])
    .default("chunk")
    .describe("What is recorded: of the job and its tables, also of each chunk, also of each page."),
  key: secret
    .optional()
    .describe(
      "A key for the hashes: without it nobody can make a chain that fits, not even of a whole new log.",
    ),
});

export default definePlugin({
  name: "@cassandra-rekey/hook-audit-log",
  hooks: {
    "audit-log": defineHook({
      options: auditLogOptions,
      async create({ path, detail, key }, { clock, random, logger, secret }): Promise<Hook> {
        const bytes = key && (await secret(key as { env: string }));
        const at = resolve(path);
        const lock = new AppendLock(`${at}.lock`, clock, random);
        const file = await AuditFile.open({ path: at, key: bytes, lock });
        try {
          return await AuditLog.open({ file, detail, logger, nowMs: () => clock.wallMs() });
        } catch (error) {
          await file[Symbol.asyncDispose]();
          throw error;
        }
      },
    }),
  },
});
