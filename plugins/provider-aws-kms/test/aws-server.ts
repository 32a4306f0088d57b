import { type AwsKey, AwsKmsServer } from "@cassandra-rekey/testkit/aws-kms";
import { afterAll, beforeAll, vi } from "vitest";

/** The region of the tests' keys. */
export const REGION = "eu-west-1";

/** A KMS server for the tests of a file, with credentials in the environment. */
export function useAwsServer(): {
  readonly server: AwsKmsServer;
  readonly newKey: () => AwsKey;
  readonly for: (key: AwsKey) => object;
} {
  let server: AwsKmsServer | undefined;
  beforeAll(async () => {
    server = await AwsKmsServer.start();
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIATEST");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-a-real-secret");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.[Symbol.asyncDispose]();
  });
  return {
    get server() {
      return server!;
    },
    newKey: () => server!.keys.create(REGION),
    for: (key) => ({ key_id: key.arn, endpoint: server!.url }),
  };
}
