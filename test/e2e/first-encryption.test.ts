import { randomBytes } from "node:crypto";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cliFolder, runCli } from "../cli.ts";
import { clusterConfig, newFernetKey, openFernetKey, seal } from "../fixture-table.ts";

const ROWS = 300;
const MAGIC = Buffer.from("c1524b", "hex");

const texts = (id: number) => (id % 50 === 0 ? "" : `Grüße an ${id}@example.com`);
const blobs = (id: number) => Buffer.from(id % 50 === 1 ? "" : `{"id":${id}}`);

const db = useKeyspace({ beforeAll, afterAll });

async function rowsOf(table: string) {
  const { rows } = await db.client.execute(`SELECT id, email, document FROM ${table}`);
  return rows
    .map((row) => ({ id: row.get("id"), email: row.get("email"), document: row.get("document") }))
    .sort((a, b) => a.id - b.id);
}

it("encrypts a table that never was, leaves a lost key's cell alone, and takes the table back", async () => {
  const table = `${db.keyspace}.people`;
  await db.client.execute(`CREATE TABLE ${table} (id int PRIMARY KEY, email text, document blob)`);
  const anHourAgo = (Date.now() - 3_600_000) * 1000;
  const insert = `INSERT INTO ${table} (id, email, document) VALUES (?, ?, ?) USING TIMESTAMP ${anHourAgo}`;
  for (let id = 0; id < ROWS; id += 1)
    await db.client.execute(insert, [id, texts(id), blobs(id)], { prepare: true });
  const [lost] = await seal(openFernetKey(newFernetKey()), ["under a key that nobody has"]);
  await db.client.execute(insert, [ROWS, lost!.toString(), null], { prepare: true });
  const before = await rowsOf(table);

  await using folder = await cliFolder();
  const env = { AES_KEY: randomBytes(32).toString("base64") };
  const aes = {
    provider: "aes-gcm",
    version: "v1",
    key: { env: "AES_KEY" },
    associated_data: "{table}/{primary_key}",
  };
  const plaintext = { provider: "plaintext", max_length: 320 };
  const rotate = async (target: object, previous: object) => {
    const config = {
      cluster: clusterConfig(db),
      keys: { target, previous: [previous] },
      tables: [
        { name: "people", partition_key: ["id"], encrypted_columns: ["email", "document"], chunks: 4 },
      ],
      state: { type: "file", path: "state.db" },
    };
    const options = { cwd: folder.path, env, config };
    await runCli(["init-state"], options);
    const plan = await runCli(["plan", "--json"], options);
    const run = await runCli(["run", "--json", "--job-id", plan.json.jobId], options);
    return { run, verify: await runCli(["verify", "--json"], options) };
  };

  const census = ({ json }: { json: { census: { keyVersion: string; cells: number }[] } }) =>
    json.census.map(({ keyVersion, cells }) => `${cells} ${keyVersion}`).sort();

  const encrypted = await rotate(aes, plaintext);
  expect(census(encrypted.verify)).toEqual(["1 (unknown)", "300 v1", "300 v1"]);
  expect(encrypted.run.status, "the lost cell was found").toBe(1);
  for (const { id, email, document } of await rowsOf(table)) {
    if (id === ROWS) expect(email, "never encrypted twice").toBe(lost!.toString());
    else {
      expect(Buffer.from(email, "base64").subarray(0, 3)).toEqual(MAGIC);
      expect(document.subarray(0, 3)).toEqual(MAGIC);
    }
  }

  const back = await rotate(plaintext, aes);
  expect(back.run.status).toBe(1);
  expect(census(back.verify)).toEqual(["1 (unknown)", "300 plaintext", "300 plaintext"]);
  expect(await rowsOf(table)).toEqual(before);
});
