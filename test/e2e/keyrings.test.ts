import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EncryptionKey, Logger } from "@cassandra-rekey/core";
import { buildPluginIndex, openEngine, packagesOf, parseConfig } from "@cassandra-rekey/engine";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { clusterConfig, newFernetKey, open, openFernetKey, seal } from "../fixture-table.ts";
import { AWS_ENV, kmsProject, startKms } from "../kms-services.ts";

const ROWS = 60;
const plugins = buildPluginIndex([
  ...packagesOf(join(import.meta.dirname, "../../packages/cli/package.json")),
  ...packagesOf(join(import.meta.dirname, "../package.json")),
]);

const db = useKeyspace({ beforeAll, afterAll });

beforeAll(async () => {
  for (const [name, value] of Object.entries(AWS_ENV)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
});

interface Census {
  readonly table: string;
  readonly column: string;
  readonly keyVersion: string;
  readonly cells: number;
}

const linesOf = ({ census }: { readonly census: readonly Census[] }) =>
  census.map(({ table, column, keyVersion, cells }) => `${table}.${column} ${keyVersion} ${cells}`).sort();

async function texts(table: string, column: string, key: EncryptionKey): Promise<(string | undefined)[]> {
  const { rows } = await db.client.execute(`SELECT id, ${column} FROM ${db.keyspace}.${table}`);
  const sorted = rows.toSorted((a, b) => a.get("id") - b.get("id"));
  return Promise.all(sorted.map((row) => open(key, Buffer.from(row.get(column)))));
}

it("two tables and a column with keyrings of their own go through one job, and back", async () => {
  await using kms = await startKms();
  await using folder = await kmsProject();
  const secrets = {
    USERS_OLD: newFernetKey(),
    USERS_NEW: newFernetKey(),
    CARDS_OLD: newFernetKey(),
    CARDS_NEW: newFernetKey(),
    NOTES_NEW: randomBytes(32).toString("base64"),
  };
  const fernet = (version: string, env: keyof typeof secrets) => ({
    provider: "fernet",
    version,
    key: { env },
  });
  const cards = { target: fernet("v2", "CARDS_NEW"), previous: [fernet("v1", "CARDS_OLD")] };
  const { options: awsKey } = kms.awsKey("k2", { region: "eu-west-1" });
  const configWith = (card: string) => ({
    cluster: clusterConfig(db),
    state: { type: "file", path: join(folder.path, "state.db") },
    keys: { target: fernet("v2", "USERS_NEW"), previous: [fernet("v1", "USERS_OLD")] },
    keyrings: {
      cards,
      // Never encrypted so far. What is in the format of another keyring's key was put there by mistake.
      notes: {
        target: { provider: "aes-gcm", version: "n1", key: { env: "NOTES_NEW" } },
        previous: [{ provider: "plaintext" }],
      },
      ledger: { target: awsKey, previous: [fernet("v1", "CARDS_OLD")] },
    },
    tables: [
      { name: "users", encrypted_columns: ["email", { name: "card", keyring: card }], chunks: 2 },
      {
        name: "payments",
        keyring: "ledger",
        encrypted_columns: ["iban", { name: "note", keyring: "notes" }],
      },
    ],
    execution: { workers: 1 },
  });
  let said = "";
  const note = (...parts: readonly unknown[]) => {
    said += JSON.stringify(parts, (_, value) => (typeof value === "bigint" ? String(value) : value));
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const engineWith = (card: string) =>
    openEngine(parseConfig(JSON.stringify(configWith(card)), join(folder.path, "config.yaml")), {
      plugins,
      logger,
      env: secrets,
    });
  await using engine = await engineWith("cards");

  await db.client.execute(
    `CREATE TABLE ${db.keyspace}.users (id int PRIMARY KEY, email text, card text, key_version text)`,
  );
  await db.client.execute(`CREATE TABLE ${db.keyspace}.payments (id int PRIMARY KEY, iban text, note text)`);
  const [usersOld, cardsOld] = [openFernetKey(secrets.USERS_OLD), openFernetKey(secrets.CARDS_OLD)];
  const ids = Array.from({ length: ROWS }, (_, id) => id);
  const [emails, numbers, ibans] = [
    await seal(
      usersOld,
      ids.map((id) => `person-${id}`),
    ),
    await seal(
      cardsOld,
      ids.map((id) => `card-${id}`),
    ),
    await seal(
      cardsOld,
      ids.map((id) => `iban-${id}`),
    ),
  ];
  const anHourAgo = (Date.now() - 3_600_000) * 1000;
  for (const id of ids) {
    const values = [id, String(emails[id]), String(numbers[id]), "v1"];
    await db.client.execute(
      `INSERT INTO ${db.keyspace}.users (id, email, card, key_version) VALUES (?, ?, ?, ?) USING TIMESTAMP ${anHourAgo}`,
      values,
      { prepare: true },
    );
    await db.client.execute(
      `INSERT INTO ${db.keyspace}.payments (id, iban, note) VALUES (?, ?, ?) USING TIMESTAMP ${anHourAgo}`,
      [id, String(ibans[id]), id === 7 ? String(ibans[7]) : `note-${id}`],
      { prepare: true },
    );
  }

  await engine.init();
  const doctor = await engine.doctor();
  note(doctor);
  const checks = doctor.checks.map(({ check, level, message }) => `${level} ${check} ${message}`);
  expect(checks).toContain("OK keys.round-trip target key v2 of keyring cards opens what it seals");
  expect(checks).toContainEqual(
    expect.stringMatching(/^OK keys.cost a million cells .* key k2 of keyring ledger/),
  );
  expect(checks).toContainEqual(
    expect.stringMatching(/^WARN table.label key_version follows the keyring keys; it says nothing of card/),
  );
  expect(checks).toContainEqual(
    expect.stringContaining("WARN keys.sample 1 of 120 sampled cells do not open with the keys configured ("),
  );

  expect(checks).toContain(
    "OK keys.shape note: cells under plaintext are like this: 59 text, 4–7 characters",
  );
  expect(checks).toContain(
    "OK keys.shape note: cells that no key opens are like this: 1 text, 64–127 characters, looks like base64",
  );

  const { jobId } = await engine.plan();
  const dry = await engine.dryRun({ jobId });
  expect(dry.notes).toContainEqual(expect.stringMatching(/to the key service of key k2 of keyring ledger/));
  const before = linesOf(dry);
  expect(before).toEqual([
    "payments.iban v1 60",
    "payments.note (unknown) 1",
    "payments.note plaintext 59",
    "users.card v1 60",
    "users.email v1 60",
  ]);

  // Another keyring for a column than planned would leave it half under one, half under the other.
  await using other = await engineWith("keys");
  await expect(other.run({ jobId })).rejects.toMatchObject({
    code: "CONFIG.TABLE_MISMATCH",
    message: expect.stringContaining("card (keyring cards), email"),
  });

  expect(await engine.run({ jobId })).toMatchObject({ outcome: "done", quarantined: 1 });
  const verify = await engine.verify();
  expect(linesOf(verify)).toEqual([
    "payments.iban k2 60",
    "payments.note (unknown) 1",
    "payments.note n1 59",
    "users.card v2 60",
    "users.email v2 60",
  ]);
  expect(verify).toMatchObject({
    clean: false,
    targetVersion: "v2, v2 of keyring cards, k2 of keyring ledger, n1 of keyring notes",
    findings: [expect.stringMatching(/payments\.note: 1 cell that no key of the keyring opens/)],
  });
  expect(await texts("users", "email", openFernetKey(secrets.USERS_NEW))).toEqual(
    ids.map((id) => `person-${id}`),
  );
  expect(await texts("users", "card", openFernetKey(secrets.CARDS_NEW))).toEqual(
    ids.map((id) => `card-${id}`),
  );
  const { rows } = await db.client.execute(`SELECT key_version FROM ${db.keyspace}.users`);
  expect(new Set(rows.map((row) => row.get("key_version")))).toEqual(new Set(["v2"]));
  const kept = await db.client.execute(`SELECT note FROM ${db.keyspace}.payments WHERE id = 7`);
  expect(kept.rows[0]!.get("note"), "never encrypted twice").toBe(String(ibans[7]));

  const back = await engine.rollback({ jobId, toVersions: ["cards=v1"] });
  expect(await engine.run({ jobId: back.jobId })).toMatchObject({ outcome: "done" });
  expect(linesOf(await engine.dryRun({ jobId: back.jobId }))).toEqual(before);
  expect(await texts("users", "card", cardsOld)).toEqual(ids.map((id) => `card-${id}`));
  expect(await texts("payments", "iban", cardsOld)).toEqual(ids.map((id) => `iban-${id}`));

  note(dry, verify);
  const state = (await readFile(join(folder.path, "state.db"))).toString("latin1");
  for (const secret of [...Object.values(secrets), "person-", "card-1", "iban-", "note-", String(ibans[7])])
    expect(said + state).not.toContain(secret);
});
