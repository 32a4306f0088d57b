import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { EncryptionKey } from "@cassandra-rekey/core";
import {
  type CassandraAddress,
  connectClient,
  freshKeyspace,
  sharedCassandra,
} from "@cassandra-rekey/local-cassandra/shared";
import type { Client } from "cassandra-driver";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "../cli.ts";
import { newFernetKey, open, openFernetKey, seal } from "../fixture-table.ts";
import { AWS_ENV, kmsProject, startKms } from "../kms-services.ts";

const ROWS = 60;

let cluster: CassandraAddress;
let client: Client;
let keyspace: string;

beforeAll(async () => {
  cluster = await sharedCassandra();
  client = await connectClient(cluster);
  keyspace = await freshKeyspace(client);
});
afterAll(async () => {
  await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client.shutdown();
});

interface Census {
  readonly table: string;
  readonly column: string;
  readonly keyVersion: string;
  readonly cells: number;
}

const linesOf = ({ json }: { json: { census: readonly Census[] } }) =>
  json.census
    .map(({ table, column, keyVersion, cells }) => `${table}.${column} ${keyVersion} ${cells}`)
    .sort();

async function texts(table: string, column: string, key: EncryptionKey): Promise<(string | undefined)[]> {
  const { rows } = await client.execute(`SELECT id, ${column} FROM ${keyspace}.${table}`);
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
    cluster: {
      contact_points: [...cluster.contactPoints],
      port: cluster.port,
      local_dc: cluster.localDc,
      keyspace,
    },
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
  const options = { cwd: folder.path, env: { ...AWS_ENV, ...secrets }, config: configWith("cards") };
  const run = async (...args: string[]) => {
    const result = await runCli([...args, "--log-level", "trace"], options);
    for (const secret of [...Object.values(secrets), "person-", "card-", "iban-", "note-"])
      expect(result.stdout + result.stderr).not.toContain(secret);
    return result;
  };

  await client.execute(
    `CREATE TABLE ${keyspace}.users (id int PRIMARY KEY, email text, card text, key_version text)`,
  );
  await client.execute(`CREATE TABLE ${keyspace}.payments (id int PRIMARY KEY, iban text, note text)`);
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
    await client.execute(
      `INSERT INTO ${keyspace}.users (id, email, card, key_version) VALUES (?, ?, ?, ?) USING TIMESTAMP ${anHourAgo}`,
      values,
      { prepare: true },
    );
    await client.execute(
      `INSERT INTO ${keyspace}.payments (id, iban, note) VALUES (?, ?, ?) USING TIMESTAMP ${anHourAgo}`,
      [id, String(ibans[id]), id === 7 ? String(ibans[7]) : `note-${id}`],
      { prepare: true },
    );
  }

  await run("init-state");
  const doctor = await run("doctor", "--json");
  const checks = (doctor.json.checks as { check: string; level: string; message: string }[]).map(
    ({ check, level, message }) => `${level} ${check} ${message}`,
  );
  expect(checks).toContain("OK keys.round-trip target key v2 of keyring cards opens what it seals");
  expect(checks).toContainEqual(
    expect.stringMatching(/^OK keys.cost a million cells .* key k2 of keyring ledger/),
  );
  expect(checks).toContainEqual(
    expect.stringMatching(/^WARN table.label key_version follows the keyring keys; it says nothing of card/),
  );
  expect(checks).toContain("WARN keys.sample 1 of 120 sampled cells do not open with the keys configured");

  const { jobId } = (await run("plan", "--json")).json;
  const dry = await run("run", "--dry-run", "--json", "--job-id", jobId);
  expect(dry.json.notes).toContainEqual(
    expect.stringMatching(/to the key service of key k2 of keyring ledger/),
  );
  const before = linesOf(dry);
  expect(before).toEqual([
    "payments.iban v1 60",
    "payments.note (unknown) 1",
    "payments.note plaintext 59",
    "users.card v1 60",
    "users.email v1 60",
  ]);

  // Another keyring for a column than planned would leave it half under one, half under the other.
  const changed = await runCli(["run", "--job-id", jobId], { ...options, config: configWith("keys") });
  expect(changed.stderr).toContain("CONFIG.TABLE_MISMATCH");
  expect(changed.stderr).toContain("card (keyring cards), email");

  expect((await run("run", "--json", "--job-id", jobId)).json).toMatchObject({
    outcome: "done",
    quarantined: 1,
  });
  const verify = await run("verify", "--json");
  expect(linesOf(verify)).toEqual([
    "payments.iban k2 60",
    "payments.note (unknown) 1",
    "payments.note n1 59",
    "users.card v2 60",
    "users.email v2 60",
  ]);
  expect(verify.json).toMatchObject({
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
  const { rows } = await client.execute(`SELECT key_version FROM ${keyspace}.users`);
  expect(new Set(rows.map((row) => row.get("key_version")))).toEqual(new Set(["v2"]));
  const kept = await client.execute(`SELECT note FROM ${keyspace}.payments WHERE id = 7`);
  expect(kept.rows[0]!.get("note"), "never encrypted twice").toBe(String(ibans[7]));

  const back = (await run("rollback", "--json", "--job-id", jobId, "--to", "cards=v1")).json;
  expect((await run("run", "--json", "--job-id", back.jobId)).json).toMatchObject({ outcome: "done" });
  expect(linesOf(await run("run", "--dry-run", "--json", "--job-id", back.jobId))).toEqual(before);
  expect(await texts("users", "card", cardsOld)).toEqual(ids.map((id) => `card-${id}`));
  expect(await texts("payments", "iban", cardsOld)).toEqual(ids.map((id) => `iban-${id}`));

  const state = (await readFile(join(folder.path, "state.db"))).toString("latin1");
  for (const secret of [...Object.values(secrets), "person-", "card-1", "iban-", "note-"])
    expect(state).not.toContain(secret);
});
