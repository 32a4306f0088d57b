import type { CellContext } from "@cassandra-rekey/core";
import { describeEncryptionProvider } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin, { aesKey } from "../src/index.ts";
import { contextOf } from "./context.ts";

const MALFORMED = "malformed-key-that-must-not-show";
const SPELLINGS = ["utf8", "hex", "base64", "base64url"] as const;
const COLUMN = "{keyspace}.{table}.{column}";

const shapes: readonly [string, object, readonly (keyof CellContext)[]][] = [
  ["AES-256-GCM", { mode: "gcm" }, []],
  [
    "AES-256-GCM, bound to the row",
    { associated_data: `${COLUMN}/{primary_key}` },
    ["keyspace", "table", "column", "primaryKey"],
  ],
  ["AES-256-SIV", { mode: "siv" }, []],
  [
    "AES-256-SIV, bound to the column",
    { mode: "siv", associated_data: COLUMN },
    ["keyspace", "table", "column"],
  ],
];

for (const [name, options, binds] of shapes) {
  const deterministic = name.includes("SIV");
  const keys = ["first key", "other key"].map((fill) => Buffer.alloc(deterministic ? 64 : 32, fill));
  const open = (text: string, version: string) =>
    plugin.providers!["aes-gcm"]!.create(
      { mode: "gcm", ...options, key: { env: "AES_KEY" } },
      contextOf({ AES_KEY: text }, version),
    );
  describeEncryptionProvider(
    { describe, it },
    {
      name,
      open: () => open(keys[0]!.toString("base64"), "v1"),
      openOther: () => open(keys[1]!.toString("hex"), "v2"),
      binds,
      deterministic,
      secrets: [
        MALFORMED,
        ...keys.flatMap((key) => SPELLINGS.map((spelling) => key.toString(spelling).slice(0, 12))),
      ],
      failures: [
        () => open(MALFORMED, "v1"),
        async () => aesKey(MALFORMED, { version: "v1", mode: "gcm", random: contextOf({}).random }),
      ],
    },
  );
}
