import type { CellContext } from "@cassandra-rekey/core";
import { describeEncryptionProvider } from "@cassandra-rekey/testkit";
import type { AwsKey } from "@cassandra-rekey/testkit/aws-kms";
import { beforeAll, describe, it } from "vitest";
import { useAwsServer } from "./aws-server.ts";
import { openKey } from "./open-key.ts";

const aws = useAwsServer();
let one: AwsKey;
let other: AwsKey;

beforeAll(() => {
  one = aws.newKey();
  other = aws.newKey();
});

/** Spellings of what must not show; keys are made only when the server is up. */
const SECRETS = ["not-a-real-secret"];

const shapes: readonly [name: string, options: object, binds: readonly (keyof CellContext)[]][] = [
  ["aws-kms", {}, []],
  ["aws-kms in the Python tool's format", { format: "reference" }, []],
  [
    "aws-kms with encryption context and associated data",
    { encryption_context: { table: "{keyspace}.{table}" }, associated_data: "{column}/{primary_key}" },
    ["keyspace", "table", "column", "primaryKey"],
  ],
];

for (const [name, options, binds] of shapes) {
  const opening = (key: () => AwsKey, keyVersion: string) => () =>
    openKey({ ...aws.for(key()), ...options }, { keyVersion });
  describeEncryptionProvider(
    { describe, it },
    {
      name,
      binds,
      open: opening(() => one, "v1"),
      openOther: opening(() => other, "v2"),
      secrets: SECRETS,
      failures: [
        () => openKey({ ...aws.for(one), key_id: "alias/none", region: "eu-west-1" }),
        async () => {
          one.state = "Disabled";
          try {
            await openKey({ ...aws.for(one), ...options });
          } finally {
            one.state = "Enabled";
          }
        },
      ],
    },
  );
}
