import { type GcpKey, GcpKmsServer } from "@cassandra-rekey/testkit/gcp-kms";
import { afterAll, beforeAll } from "vitest";

/** A KMS server for the tests of a file. */
export function useGcpServer() {
  let server: GcpKmsServer | undefined;
  let keys = 0;
  beforeAll(async () => {
    server = await GcpKmsServer.start();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  return {
    get server(): GcpKmsServer {
      return server!;
    },
    newKey(): GcpKey {
      keys += 1;
      return server!.keys.create(`projects/acme/locations/europe-west1/keyRings/app/cryptoKeys/key-${keys}`);
    },
    /** Options for a key, or for a version of it. */
    for: ({ name }: { readonly name: string }) => ({
      key_name: name,
      endpoint: `http://${server!.endpoint}`,
    }),
  };
}
