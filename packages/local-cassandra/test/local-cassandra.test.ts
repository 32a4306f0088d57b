import { afterAll, beforeAll, expect, test } from "vitest";
import { useKeyspace } from "../src/shared/shared.ts";

const db = useKeyspace({ beforeAll, afterAll });
const other = useKeyspace({ beforeAll, afterAll });

test("a real Cassandra keeps the value and the timestamp that it was given", async () => {
  const { client, keyspace } = db;
  await client.execute(`CREATE TABLE ${keyspace}.notes (id int PRIMARY KEY, body text)`);
  const insert = `INSERT INTO ${keyspace}.notes (id, body) VALUES (?, ?) USING TIMESTAMP 1700000000000001`;
  await client.execute(insert, [7, "hello"], { prepare: true });

  const found = await client.execute(
    `SELECT body, WRITETIME(body) AS written FROM ${keyspace}.notes WHERE id = 7`,
  );

  expect(found.first().get("body")).toBe("hello");
  expect(found.first().get("written").toString()).toBe("1700000000000001");
});

test("each fresh keyspace is a new one", () => {
  expect(db.keyspace).not.toBe(other.keyspace);
});
