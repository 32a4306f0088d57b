import { definePlugin, defineProvider, RekeyError } from "@cassandra-rekey/core";
import { createEnvelopeKey } from "@cassandra-rekey/envelope";
import { z } from "zod";

export default definePlugin({
  name: "@acme/rekey-vault-transit",
  providers: {
    "vault-transit": defineProvider({
      options: z.strictObject({
        url: z.url(),
        key: z.string(),
        token: z.strictObject({ file: z.string() }),
        associated_data: z.string().default("{keyspace}.{table}.{column}"),
      }),
      async create(options, ctx) {
        const token = Buffer.from(await ctx.secret(options.token)).toString("latin1");
        const ask = async (path: string, body: object, signal: AbortSignal) => {
          const request = {
            method: "POST",
            headers: { "x-vault-token": token },
            body: JSON.stringify(body),
            signal,
          };
          const answer = await fetch(new URL(`/v1/transit/${path}/${options.key}`, options.url), request);
          if (answer.status === 403)
            throw new RekeyError("KEY.REFUSED", `Vault forbids the use of key ${options.key}`, {
              hint: `Give the token's policy access to transit/${path}/${options.key}.`,
            });
          if (answer.status === 429 || answer.status >= 500)
            throw new RekeyError("KEY.UNAVAILABLE", `Vault answered ${answer.status}`, {
              retryAfterMs: 1000,
            });
          return answer.ok ? ((await answer.json()) as { data: Record<string, string> }).data : undefined;
        };
        return createEnvelopeKey({
          version: ctx.keyVersion,
          keyId: `${options.url} ${options.key}`,
          associatedData: options.associated_data,
          clock: ctx.clock,
          random: ctx.random,
          wrapper: {
            async generate(_context, signal) {
              const made = await ask("datakey/plaintext", {}, signal);
              if (!made) throw new RekeyError("KEY.REFUSED", `Vault has no transit key ${options.key}`);
              return {
                plaintext: Buffer.from(made["plaintext"]!, "base64"),
                wrapped: Buffer.from(made["ciphertext"]!),
              };
            },
            async unwrap(wrapped, _context, signal) {
              const ciphertext = Buffer.from(wrapped).toString("latin1");
              const opened = await ask("decrypt", { ciphertext }, signal);
              if (!opened) return { refused: "not-authentic" };
              return { plaintext: Buffer.from(opened["plaintext"]!, "base64") };
            },
          },
        });
      },
    }),
  },
});
