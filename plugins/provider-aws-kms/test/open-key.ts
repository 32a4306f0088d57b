import type { EncryptionKey, KeyContext } from "@cassandra-rekey/core";
import { keyContext, openProviderKey, REAL_TIME } from "@cassandra-rekey/testkit";
import plugin from "../src/index.ts";

/** A key of this provider, with real time. */
export function openKey(options: object, context: Partial<KeyContext> = {}): Promise<EncryptionKey> {
  const part = plugin.providers!["aws-kms"]!;
  return openProviderKey(part, options, keyContext({ ...REAL_TIME, ...context }));
}
