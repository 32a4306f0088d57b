import { describeEncryptionProvider } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import plugin, { plaintextOptions } from "../src/index.ts";
import { contextOf } from "./context.ts";

// The suite's plaintexts are binary, so the narrowing that is on by default is off here.
const open = (version: string) =>
  plugin.providers!["plaintext"]!.create(
    plaintextOptions.parse({ utf8: false, encoded: true }),
    contextOf(version),
  );

describeEncryptionProvider(
  { describe, it },
  {
    name: "plaintext",
    open: () => open("plaintext"),
    openOther: () => open("other"),
    deterministic: true,
    secrets: [],
  },
);
