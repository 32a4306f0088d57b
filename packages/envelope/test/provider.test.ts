import { describeEncryptionProvider, ManualClock } from "@cassandra-rekey/testkit";
import { describe, it } from "vitest";
import { createEnvelopeKey, type EnvelopeKeyParts } from "../src/index.ts";
import { random } from "./cells.ts";
import { MemoryWrapper } from "./memory-wrapper.ts";

const MALFORMED = "{malformed}";

function keyOf(name: string, version: string, parts: Partial<EnvelopeKeyParts>) {
  const wrapper = new MemoryWrapper(name);
  return createEnvelopeKey({ version, keyId: name, wrapper, clock: new ManualClock(), random, ...parts });
}

const shapes: readonly [
  string,
  Partial<EnvelopeKeyParts>,
  readonly ("keyspace" | "table" | "column" | "primaryKey")[],
][] = [
  ["an envelope key", {}, []],
  ["an envelope key that writes the reference's format", { format: "reference" }, []],
  [
    "an envelope key bound to its column by associated data",
    { associatedData: "{keyspace}.{table}.{column}" },
    ["keyspace", "table", "column"],
  ],
  [
    "an envelope key bound to its row",
    { associatedData: "{keyspace}.{table}.{column}/{primary_key}" },
    ["keyspace", "table", "column", "primaryKey"],
  ],
  [
    "an envelope key bound by its key service",
    { keyContext: { table: "{keyspace}.{table}" }, associatedData: "{primary_key}" },
    ["keyspace", "table", "primaryKey"],
  ],
];

for (const [name, parts, binds] of shapes) {
  describeEncryptionProvider(
    { describe, it },
    {
      name,
      open: async () => keyOf("one", "v1", parts),
      openOther: async () => keyOf("other", "v2", parts),
      binds,
      secrets: [MALFORMED],
    },
  );
}
