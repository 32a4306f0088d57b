import type { ClearCell, Clock, EncryptionKey, SealedCell } from "@cassandra-rekey/core";
import { keyContext } from "@cassandra-rekey/testkit";
import plugin from "../src/index.ts";
import type { TransitServer } from "./transit-server.ts";

interface KeyOptions {
  readonly token?: string;
  readonly clock?: Clock;
  readonly batch_size?: number;
  readonly timeout_ms?: number;
}

/** Opens a key as the engine does, with options as a configuration has them. */
export async function openKey(
  server: TransitServer,
  key: string,
  { token = server.token, clock, ...options }: KeyOptions = {},
): Promise<EncryptionKey> {
  const provider = plugin.providers!["vault"]!;
  const given = { address: server.address, key, token: { env: "VAULT_TOKEN" }, ...options };
  const checked = await provider.options["~standard"].validate(given);
  if (checked.issues) throw new TypeError(checked.issues.map(({ message }) => message).join());
  return provider.create(
    checked.value,
    keyContext({ keyVersion: key, secrets: { VAULT_TOKEN: token }, ...(clock && { clock }) }),
  );
}

const context = { keyspace: "app", table: "users", column: "email", primaryKey: [Buffer.from("1")] };

/** A cell to be encrypted. */
export function clear(text: string): ClearCell {
  return { plaintext: Buffer.from(text), form: "text", context };
}

/** A cell as it was read. */
export function sealed(ciphertext: Uint8Array | string): SealedCell {
  return { ciphertext: Buffer.from(ciphertext as string), form: "text", context };
}
