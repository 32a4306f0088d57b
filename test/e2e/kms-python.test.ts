import { CreateAliasCommand, CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../cli.ts";
import { clusterConfig } from "../fixture-table.ts";
import { openAll, openAwsKey, sealAll } from "../kms-key.ts";
import { AWS_ENV, kmsProject, REGION } from "../kms-services.ts";
import { type PythonProvider, startMoto, startPythonProvider } from "../moto.ts";
import { findPython, pythonMoto } from "../python-tool.ts";

const python = await findPython();
// In CI a missing Python is a failure, which the set-up below makes of it.
const skipped = python === undefined && !process.env.CI;

const VALUES = [
  Buffer.from("x"),
  Buffer.from("Grüße, 世界 👋"),
  Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
  Buffer.alloc(5_000, 7),
];

describe.skipIf(skipped)(
  `against moto and the Python tool's AwsKmsProvider${skipped ? " (no Python of at least 3.12 here)" : ""}`,
  () => {
    const db = useKeyspace({ beforeAll, afterAll });
    const stack = new AsyncDisposableStack();
    let url: string;
    let reference: PythonProvider;
    let kms: KMSClient;

    beforeAll(async () => {
      for (const [name, value] of Object.entries(AWS_ENV)) vi.stubEnv(name, value);
      const interpreter = await pythonMoto();
      ({ url } = stack.use(await startMoto(interpreter)));
      reference = stack.use(startPythonProvider(interpreter, url, REGION));
      kms = new KMSClient({ endpoint: url, region: REGION });
    }, 12 * 60_000);
    afterAll(async () => {
      vi.unstubAllEnvs();
      await stack.disposeAsync();
    });

    const newKey = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
    const open = (key_id: string, more: object = {}) => openAwsKey({ key_id, endpoint: url, ...more });

    it("what Python encrypted opens here", async () => {
      const arn = await newKey();
      await using key = await open(arn, { format: "reference" });
      const sealed = await reference.encrypt(arn, [...VALUES, Buffer.alloc(0)]);
      expect(await openAll(key, sealed)).toEqual([...VALUES, Buffer.alloc(0)]);
      // A data key of its own for each of its cells, which is a call of ours for each.
      expect(key.usage!().calls).toBe(VALUES.length + 1);
    });

    it("what was encrypted here opens there, though many cells share a data key", async () => {
      const arn = await newKey();
      await using key = await open(arn, { format: "reference" });
      const sealed = await sealAll(key, VALUES);
      expect(await reference.decrypt(arn, sealed)).toEqual(VALUES);
      // One data key: made, and proven to come back.
      expect(key.usage!().calls).toBe(2);
    });

    it("another key, another context and changed bytes are refused by a server that is not ours", async () => {
      const arn = await newKey();
      const bound = { encryption_context: { table: "{keyspace}.{table}" } };
      await kms.send(new CreateAliasCommand({ AliasName: "alias/people", TargetKeyId: arn }));
      const seal = async (id: string, more: object = {}) => {
        await using key = await open(id, more);
        return (await sealAll(key, [Buffer.from("secret")]))[0]!;
      };
      await using reader = await open("alias/people", { ...bound, region: REGION });
      const cell = await seal(arn, bound);
      expect(await openAll(reader, [cell])).toEqual([Buffer.from("secret")]);
      await using again = await open(arn, bound);
      expect(await openAll(again, [cell], { table: "orders" })).toEqual(["not-authentic"]);
      const wrapped = cell.with(100, cell[100]! ^ 1);
      expect(await openAll(again, [wrapped])).toEqual(["not-authentic"]);

      await using plain = await open(arn, { format: "reference" });
      const foreign = await seal(await newKey(), { format: "reference" });
      expect(await openAll(plain, [foreign])).toEqual(["not-authentic"]);
    });

    it("the Python tool's configuration rotates its cells from one key to the other", async () => {
      const [oldArn, newArn] = [await newKey(), await newKey()];
      await db.client.execute(`CREATE TABLE ${db.keyspace}.vault (id int PRIMARY KEY, secret blob)`);
      const values = Array.from({ length: 40 }, (_, id) => Buffer.from(`secret ${id}`));
      const insert = `INSERT INTO ${db.keyspace}.vault (id, secret) VALUES (?, ?) USING TIMESTAMP 1000000`;
      for (const [id, sealed] of (await reference.encrypt(oldArn, values)).entries())
        await db.client.execute(insert, [id, sealed], { prepare: true });

      await using folder = await kmsProject();
      const config = {
        cluster: clusterConfig(db),
        provider: { type: "aws_kms", old_cmk_arn: oldArn, new_cmk_arn: newArn, aws_region: REGION },
        tables: [{ name: "vault", partition_key: ["id"], encrypted_columns: ["secret"], chunks: 2 }],
        state: { type: "file", path: "state.db" },
      };
      const options = { cwd: folder.path, env: { ...AWS_ENV, AWS_ENDPOINT_URL_KMS: url }, config };
      await runCli(["init-state"], options);
      const { jobId } = (await runCli(["plan", "--json"], options)).json;
      const run = await runCli(["run", "--json", "--job-id", jobId], options);
      expect(run).toMatchObject({ status: 0, json: { outcome: "done", totals: { rekeyed: 40 } } });
      const { rows } = await db.client.execute(`SELECT id, secret FROM ${db.keyspace}.vault`);
      const rekeyed = rows
        .sort((a, b) => a.get("id") - b.get("id"))
        .map((row) => row.get("secret") as Buffer);
      expect(await reference.decrypt(newArn, rekeyed)).toEqual(values);
    });
  },
);
