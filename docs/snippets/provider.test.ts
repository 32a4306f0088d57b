import { randomBytes } from "node:crypto";
import type { EncryptionKey } from "@cassandra-rekey/core";
import { describeEncryptionProvider, keyContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "./provider.ts";

const [one, other] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];

/** Makes a key as the engine does: options from the configuration, and a context with its secret. */
function open(keyVersion: string, secret: string): Promise<EncryptionKey> {
  const context = keyContext({ keyVersion, secrets: { VAULT_KEY: secret } });
  return plugin.providers!.vault!.create({ key: { env: "VAULT_KEY" } }, context);
}

describeEncryptionProvider(
  { describe, it },
  {
    name: "vault",
    open: () => open("v1", one),
    openOther: () => open("v2", other),
    secrets: [one, other],
    failures: [() => open("v3", one.slice(0, 20))],
  },
);
