import { randomBytes } from "node:crypto";
import type { EncryptionKey, KeyContext, SecretRef } from "@cassandra-rekey/core";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import { expect, test } from "vitest";
import plugin from "./provider.ts";

const never = new AbortController().signal;
const context = { keyspace: "app", table: "users", column: "email", primaryKey: [Buffer.from("1")] };
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** What the engine gives a provider, with one secret. */
function contextOf(keyVersion: string, secret: string): KeyContext {
  return {
    keyVersion,
    use: "target",
    logger: quiet,
    clock: systemClock,
    random: systemRandom,
    signal: never,
    secret: async (_: SecretRef) => Buffer.from(secret),
    cluster: async () => ({}),
    workers: 1,
  };
}

function openKey(version: string, secret = randomBytes(32).toString("base64")): Promise<EncryptionKey> {
  return plugin.providers!.vault!.create({ key: { env: "KEY" } }, contextOf(version, secret));
}

test("a key opens what it seals, whatever the value", async () => {
  await using key = await openKey("v2");
  const plaintexts = ["", "a", "ä".repeat(10_000)].map((text) => Buffer.from(text));
  const sealed = await key.encrypt(
    plaintexts.map((plaintext) => ({ plaintext, form: "binary", context })),
    never,
  );
  const opened = await key.decrypt(
    sealed.map((ciphertext) => ({ ciphertext, form: "binary", context })),
    never,
  );
  expect(opened).toEqual(plaintexts.map((plaintext) => ({ plaintext })));
});

test("a key does not open what another sealed, nor what is no ciphertext", async () => {
  await using old = await openKey("v1");
  await using fresh = await openKey("v2");
  const [foreign] = await old.encrypt([{ plaintext: Buffer.from("a"), form: "binary", context }], never);
  const cells = [foreign!, Buffer.from("hello"), Buffer.alloc(0)];
  const opened = await fresh.decrypt(
    cells.map((ciphertext) => ({ ciphertext, form: "binary", context })),
    never,
  );
  expect(opened).toEqual(cells.map(() => ({ refused: "not-authentic" })));
});

test("a secret that is no key is refused without repeating it", async () => {
  const refusal = openKey("v2", "too short");
  await expect(refusal).rejects.toMatchObject({ code: "CONFIG.SECRET_MALFORMED" });
  await expect(refusal).rejects.not.toThrow("too short");
});
