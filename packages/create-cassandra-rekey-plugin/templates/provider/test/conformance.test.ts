import { randomBytes } from "node:crypto";
import { describeEncryptionProvider, keyContext } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin from "../src/index.ts";

const [one, other] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];

/** Makes a key as the engine does: options from the configuration, and a context with its secret. */
const open = (keyVersion: string, secret: string) =>
  plugin.providers!["template-part"]!.create(
    { key: { env: "REKEY_SECRET" } },
    keyContext({ keyVersion, secrets: { REKEY_SECRET: secret } }),
  );

describeEncryptionProvider(
  { describe, it },
  {
    name: "template-part",
    open: () => open("v1", one),
    openOther: () => open("v2", other),
    secrets: [one, other],
    failures: [() => open("v3", one.slice(0, 20))],
  },
);
