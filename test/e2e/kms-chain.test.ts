import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { EncryptionKey, Logger } from "@cassandra-rekey/core";
import {
  buildPluginIndex,
  openEngine,
  PluginParts,
  packagesOf,
  parseConfig,
  secretReader,
  systemClock,
  systemRandom,
} from "@cassandra-rekey/engine";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { clusterConfig, newFernetKey } from "../fixture-table.ts";
import { KeyringApplication } from "../keyring-application.ts";
import { AWS_ENV, kmsProject, startKms } from "../kms-services.ts";

const ROWS = 400;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const plugins = buildPluginIndex([
  ...packagesOf(join(import.meta.dirname, "../../packages/cli/package.json")),
  ...packagesOf(join(import.meta.dirname, "../package.json")),
]);

const db = useKeyspace({ beforeAll, afterAll });
beforeAll(() => {
  for (const [name, value] of Object.entries(AWS_ENV)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

it("one table goes from Fernet to AWS, to Google, to local AES and back to Fernet under an application at work", async () => {
  await using stack = new AsyncDisposableStack();
  const kms = stack.use(await startKms());
  const folder = stack.use(await kmsProject());

  const env = { FIRST: newFernetKey(), LAST: newFernetKey(), AES: randomBytes(32).toString("base64") };
  const binding = "{keyspace}.{table}.{column}";
  const chain = [
    { provider: "fernet", version: "v1", key: { env: "FIRST" } },
    kms.awsKey("v2", { encryption_context: { table: "{keyspace}.{table}" }, associated_data: binding })
      .options,
    kms.gcpKey("v3", { associated_data: binding }).options,
    { provider: "aes-gcm", version: "v4", key: { env: "AES" }, associated_data: binding },
    { provider: "fernet", version: "v5", key: { env: "LAST" } },
  ];
  const configOf = (target: object, previous: object) =>
    parseConfig(
      JSON.stringify({
        cluster: clusterConfig(db),
        state: { type: "file", path: join(folder.path, "state.db") },
        keys: { target, previous: [previous] },
        tables: [
          { name: "people", partition_key: ["id"], encrypted_columns: ["email", "document"], chunks: 4 },
        ],
        execution: { settle_seconds: 1, page_size: 50, workers: 2 },
      }),
      join(folder.path, "config.yaml"),
    );
  /** The application's own handle on a key, made as the engine makes its. */
  const openKey = async (options: object): Promise<EncryptionKey> => {
    const config = configOf(options, chain.find((other) => other !== options)!);
    const parts = new PluginParts({
      config,
      plugins,
      logger: silent,
      clock: systemClock,
      random: systemRandom,
      signal: new AbortController().signal,
      secret: secretReader({ env }),
      cluster: async () => ({}),
      workers: 1,
    });
    return stack.use(await parts.key(config.settings.keys.target, "target"));
  };

  const application = new KeyringApplication(
    db.client,
    db.keyspace,
    "people",
    ROWS,
    await openKey(chain[0]!),
  );
  await application.load();
  application.start();
  for (const [index, target] of chain.entries()) {
    if (index === 0) continue;
    // As the operations guide has it: read with the new key first, then write with it, then rekey.
    const key = await openKey(target);
    application.learn(key);
    application.writeWith(key);
    const written = application.writes;
    await expect.poll(() => application.writes).toBeGreaterThan(written + 2);
    await using engine = await openEngine(configOf(target, chain[index - 1]!), {
      plugins,
      logger: silent,
      env,
    });
    if (index === 1) await engine.init();
    const { jobId } = await engine.plan();
    expect(await engine.run({ jobId })).toMatchObject({ outcome: "done", quarantined: 0 });
    expect(await engine.verify()).toMatchObject({ clean: true, quarantined: 0, findings: [] });
  }
  await expect.poll(() => application.writes).toBeGreaterThan(50);
  await application.stop();
  expect(application.surprises).toEqual([]);
  expect(await application.differences("v5")).toEqual([]);
  // Thousands of cells went through each service; what it was asked for is data keys, and a few openings of each.
  expect(kms.aws.calls.of("GenerateDataKey")).toBeLessThan(10);
  expect(kms.aws.calls.of("Decrypt")).toBeLessThan(40);
  expect(kms.gcp.calls.total).toBeLessThan(40);
});
