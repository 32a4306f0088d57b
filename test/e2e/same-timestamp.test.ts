import { randomBytes } from "node:crypto";
import { type EncryptionKey, isRekeyError } from "@cassandra-rekey/core";
import { systemRandom } from "@cassandra-rekey/engine";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { aesKey } from "@cassandra-rekey/provider-aes-gcm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { open, seal } from "../fixture-table.ts";
import { openTestEngine } from "../open-test-engine.ts";

const LARGEST = 2n ** 63n - 1n;

const db = useKeyspace({ beforeAll, afterAll });
let keys: { readonly target: string; readonly previous: string };
beforeAll(async () => {
  keys = await orderedKeys();
});

const newKey = () => randomBytes(32).toString("base64");
const aes = (text: string): EncryptionKey =>
  aesKey(text, { version: "v", mode: "gcm", random: systemRandom });
const sealed = async (key: string, text: string) => (await seal(aes(key), [text]))[0]!;

/** Two keys of which the target's ciphertexts are the larger: they begin with an id that comes from the key. */
async function orderedKeys() {
  const [one, other] = [newKey(), newKey()];
  const isLarger = Buffer.compare(await sealed(one, "a"), await sealed(other, "a")) > 0;
  return isLarger ? { target: one, previous: other } : { target: other, previous: one };
}

function engineFor(table: string, own: typeof keys, target?: string) {
  const yaml = `
tables: [{ name: ${table}, encrypted_columns: [v], chunks: 4, application_timestamps: coarse }]
execution: { settle_seconds: 1 }`;
  const provider = { name: "aes-gcm", ...(target !== undefined && { target }) };
  return openTestEngine({ ...db, keys: own, yaml, provider });
}

it("every cell is rewritten at its own timestamp, and the application decides every later tie as before", async () => {
  const table = `${db.keyspace}.coarse`;
  const day = BigInt(Date.now() - 86_400_000) * 1000n;
  const run = (cql: string, ...params: unknown[]) => db.client.execute(cql, params, { prepare: true });
  const set = (id: number, value: Buffer, stamp: bigint, ttl = 0) =>
    run(`UPDATE ${table} USING TIMESTAMP ${stamp} AND TTL ${ttl} SET v = ? WHERE id = ${id}`, value);
  await db.client.execute(`CREATE TABLE ${table} (id int PRIMARY KEY, v blob)`);
  for (let id = 0; id < 40; id += 1)
    await set(id, await sealed(keys.previous, `${id}`), day, id % 4 === 0 ? 9_000 : 0);
  await set(40, await sealed(keys.previous, "40"), LARGEST);

  await using engine = await engineFor("coarse", keys);
  await engine.init();
  const { checks } = await engine.doctor();
  const told = checks.filter(({ check }) => ["keys.draws", "table.timestamps"].includes(check));
  expect(told.map(({ level, check }) => `${level} ${check}`).toSorted()).toEqual([
    "OK keys.draws",
    "WARN table.timestamps",
  ]);
  expect(await engine.run({ jobId: (await engine.plan()).jobId })).toMatchObject({
    quarantined: 0,
    young: 0,
  });
  expect(await engine.verify()).toMatchObject({ clean: true });
  const { rows } = await run(`SELECT id, v, WRITETIME(v) AS w, TTL(v) AS e FROM ${table}`);
  expect(rows).toHaveLength(41);
  for (const row of rows) {
    const id = row.get("id") as number;
    expect(await open(aes(keys.target), row.get("v"))).toBe(`${id}`);
    expect(BigInt(String(row.get("w")))).toBe(id === 40 ? LARGEST : day);
    expect(row.get("e") !== null).toBe(id % 4 === 0 && id < 40);
  }

  const of = async (id: number) =>
    (await run(`SELECT v FROM ${table} WHERE id = ${id}`)).first()?.get("v") as unknown;
  await run(`DELETE FROM ${table} USING TIMESTAMP ${day} WHERE id = 1`);
  await run(`DELETE v FROM ${table} USING TIMESTAMP ${day} WHERE id = 2`);
  await set(3, Buffer.from([0]), day, 9_000);
  await set(5, Buffer.from([0]), day + 1n);
  await set(6, Buffer.from([0xff]), day);
  await set(7, Buffer.from([0]), day);
  expect([await of(1), await of(2)]).toEqual([undefined, undefined]);
  expect([await of(3), await of(5), await of(6)]).toEqual([0, 0, 0xff].map((byte) => Buffer.of(byte)));
  // The coin toss that remains.
  expect(await open(aes(keys.target), (await of(7)) as Buffer)).toBe("7");
});

it.each([
  ["always makes the same ciphertext", "mode: siv", "makes the same ciphertext every time"],
  [
    "makes smaller ciphertexts than the one before",
    undefined,
    "is smaller than every one of previous key v1",
  ],
])("a target key that %s is refused by doctor and run", async (_, target, message) => {
  await db.client.execute(`CREATE TABLE IF NOT EXISTS ${db.keyspace}.refused (id int PRIMARY KEY, v blob)`);
  const own = target
    ? { target: randomBytes(64).toString("base64"), previous: newKey() }
    : { target: keys.previous, previous: keys.target };
  await using engine = await engineFor("refused", own, target);
  await engine.init();
  const { checks } = await engine.doctor();
  expect(checks.find(({ check }) => check === "keys.draws")).toMatchObject({
    level: "FAIL",
    message: expect.stringContaining(message),
  });
  const { jobId } = await engine.plan();
  const refusal: unknown = await engine.run({ jobId }).catch((error: unknown) => error);
  expect(isRekeyError(refusal) && refusal.code).toBe("KEY.CANNOT_WIN");
});
