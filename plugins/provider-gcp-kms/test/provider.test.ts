import type { CellContext } from "@cassandra-rekey/core";
import { describeEncryptionProvider, sealTexts as seal } from "@cassandra-rekey/testkit";
import type { GcpKey } from "@cassandra-rekey/testkit/gcp-kms";
import { beforeAll, describe, it } from "vitest";
import { useGcpServer } from "./gcp-server.ts";
import { openKey } from "./open-key.ts";

const gcp = useGcpServer();
let one: GcpKey;
let other: GcpKey;

beforeAll(() => {
  one = gcp.newKey();
  other = gcp.newKey();
});

const shapes: readonly [name: string, options: object, binds: readonly (keyof CellContext)[]][] = [
  ["gcp-kms", {}, []],
  [
    "gcp-kms with key context and associated data",
    { key_context: { table: "{keyspace}.{table}" }, associated_data: "{column}/{primary_key}" },
    ["keyspace", "table", "column", "primaryKey"],
  ],
];

for (const [name, options, binds] of shapes) {
  const opening = (key: () => GcpKey, keyVersion: string) => () =>
    openKey({ ...gcp.for(key()), ...options }, { keyVersion });
  describeEncryptionProvider(
    { describe, it },
    {
      name,
      binds,
      open: opening(() => one, "v1"),
      openOther: opening(() => other, "v2"),
      secrets: ["a plaintext of the failing call"],
      failures: [
        async () => {
          await using key = await openKey({ ...gcp.for({ name: `${one.name}-none` }), ...options });
          await seal(key, ["a plaintext of the failing call"]);
        },
      ],
    },
  );
}
