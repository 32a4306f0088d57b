import { describeEncryptionProvider } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin, { fernetKey } from "../src/index.ts";
import { contextOf } from "./context.ts";

const KEYS = [Buffer.alloc(32, "first key"), Buffer.alloc(32, "other key")] as const;
const SPELLINGS = ["utf8", "hex", "base64", "base64url"] as const;
const MALFORMED = "malformed-key-that-must-not-show";

const open = (key: Buffer, keyVersion: string) =>
  plugin.providers!["fernet"]!.create(
    { key: { env: "FERNET_KEY" } },
    contextOf({ FERNET_KEY: key.toString("base64url") }, keyVersion),
  );

describeEncryptionProvider(
  { describe, it },
  {
    name: "the Fernet provider",
    open: () => open(KEYS[0], "v1"),
    openOther: () => open(KEYS[1], "v2"),
    secrets: [
      MALFORMED,
      ...KEYS.flatMap((key) =>
        SPELLINGS.flatMap((spelling) =>
          [key, key.subarray(0, 16), key.subarray(16)].map((part) => part.toString(spelling).slice(0, 12)),
        ),
      ),
    ],
    failures: [
      async () => fernetKey(MALFORMED, contextOf({}, "v1")),
      () =>
        plugin.providers!["fernet"]!.create(
          { key: { env: "FERNET_KEY" } },
          contextOf({ FERNET_KEY: MALFORMED }, "v1"),
        ),
    ],
  },
);
