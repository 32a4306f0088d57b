import { hostname } from "node:os";
import { defineHook, definePlugin, RekeyError, type SecretRef } from "@cassandra-rekey/core";
import { z } from "zod";
import { NEWS } from "./message.ts";
import { Sender } from "./sender.ts";
import { Webhook } from "./webhook.ts";

const secret = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);

/** Options of the `webhook` hook. */
export const webhookOptions = z.strictObject({
  url: secret.describe("Where the URL is kept: env or file. Slack's URLs are secrets, and others may be."),
  template: z
    .enum(["json", "slack"])
    .default("json")
    .describe("How messages look: json, for programs; slack, for Slack's incoming webhooks."),
  events: z
    .array(z.enum(NEWS))
    .min(1)
    .default(["started", "paused", "finished", "failed", "quarantine"])
    .describe("What is told; resumed and stopped (interrupted) are there as well."),
  signing_key: secret
    .optional()
    .describe("Where a key is kept with which each message is signed (HMAC-SHA-256): env or file."),
  authorization: secret.optional().describe("Where the Authorization header is kept: env or file."),
  attempts: z.int().min(1).max(20).default(5).describe("Attempts to deliver a message."),
  timeout_seconds: z.number().min(0.1).max(60).default(10).describe("Time for one attempt, seconds."),
});

type WebhookOptions = z.output<typeof webhookOptions>;

export default definePlugin({
  name: "@cassandra-rekey/hook-webhook",
  hooks: {
    webhook: defineHook({
      options: webhookOptions,
      async create(options: WebhookOptions, ctx) {
        const text = async (ref: SecretRef) => Buffer.from(await ctx.secret(ref)).toString("utf8");
        const { url, signing_key, authorization, attempts, timeout_seconds } = options;
        const settings = {
          url: checkedUrl(await text(url)),
          authorization: authorization && (await text(authorization)),
          signingKey: signing_key && (await ctx.secret(signing_key)),
          attempts,
          timeoutMs: timeout_seconds * 1000,
        };
        return new Webhook({
          ...ctx,
          sender: new Sender(settings, ctx.clock, ctx.random),
          template: options.template,
          news: new Set(options.events),
          process: `${hostname()}:${process.pid}`,
        });
      },
    }),
  },
});

function checkedUrl(text: string): string {
  const url = URL.parse(text.trim());
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.href;
  throw new RekeyError("CONFIG.SECRET_MALFORMED", "the URL of the webhook hook is not an http or https URL");
}
