import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AwsKey, AwsKmsServer } from "@cassandra-rekey/testkit/aws-kms";
import { type GcpKey, GcpKmsServer } from "@cassandra-rekey/testkit/gcp-kms";

/** The region of the tests' keys in AWS KMS. */
export const REGION = "eu-west-1";

/** What the AWS SDK needs to find in its environment. */
export const AWS_ENV = {
  AWS_ACCESS_KEY_ID: "AKIATEST",
  AWS_SECRET_ACCESS_KEY: "made-up-secret-of-the-aws-account",
  AWS_EC2_METADATA_DISABLED: "true",
};

/** Both key services, and options for their keys as configurations spell them. */
export interface KmsServices extends AsyncDisposable {
  readonly aws: AwsKmsServer;
  readonly gcp: GcpKmsServer;
  awsKey(version: string, more?: object): { readonly key: AwsKey; readonly options: object };
  gcpKey(version: string, more?: object): { readonly key: GcpKey; readonly options: object };
}

/** Starts servers of AWS KMS and Google Cloud KMS. */
export async function startKms(): Promise<KmsServices> {
  const [aws, gcp] = await Promise.all([AwsKmsServer.start(), GcpKmsServer.start()]);
  let keys = 0;
  return {
    aws,
    gcp,
    awsKey(version, more = {}) {
      const key = aws.keys.create(REGION);
      return { key, options: { provider: "aws-kms", version, key_id: key.arn, endpoint: aws.url, ...more } };
    },
    gcpKey(version, more = {}) {
      keys += 1;
      const key = gcp.keys.create(`projects/acme/locations/global/keyRings/app/cryptoKeys/key-${keys}`);
      const endpoint = `http://${gcp.endpoint}`;
      return { key, options: { provider: "gcp-kms", version, key_name: key.name, endpoint, ...more } };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([aws[Symbol.asyncDispose](), gcp[Symbol.asyncDispose]()]);
    },
  };
}

/** A folder whose project depends on the providers of key services, as an operator's would who installed them. */
export async function kmsProject(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "cassandra-rekey-kms-"));
  const dependencies = { "@cassandra-rekey/provider-aws-kms": "*", "@cassandra-rekey/provider-gcp-kms": "*" };
  await writeFile(join(path, "package.json"), JSON.stringify({ private: true, dependencies }));
  await symlink(join(import.meta.dirname, "node_modules"), join(path, "node_modules"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
