import { describeEncryptionProvider } from "@cassandra-rekey/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { clear, openKey } from "./open-key.ts";
import { TransitServer } from "./transit-server.ts";

const WRONG_TOKEN = "a-token-that-must-not-show";
let server: TransitServer;
beforeAll(async () => {
  server = await TransitServer.start();
  for (const key of ["v1", "v2"]) server.rotate(key);
});
afterAll(() => server[Symbol.asyncDispose]());

describeEncryptionProvider(
  { describe, it },
  {
    name: "Vault's transit engine",
    open: () => openKey(server, "v1"),
    openOther: () => openKey(server, "v2"),
    secrets: [WRONG_TOKEN],
    failures: [
      async () => {
        const key = await openKey(server, "v1", { token: WRONG_TOKEN });
        return key.encrypt([clear("x")], new AbortController().signal);
      },
    ],
  },
);
