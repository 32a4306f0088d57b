import { readFile } from "node:fs/promises";
import { errors } from "cassandra-driver";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectClient, useKeyspace } from "../src/shared/shared.ts";

const db = useKeyspace({ beforeAll, afterAll }, "secured");

test("a wrong password is refused", async () => {
  const wrong = { ...db.cluster, credentials: { username: "cassandra", password: "wrong" } };
  const refused = await connectClient(wrong).catch((error) => error);
  expect(Object.values(refused.innerErrors ?? {})[0] ?? refused).toBeInstanceOf(errors.AuthenticationError);
});

test("a grant counts at once", async () => {
  const { client: superuser, keyspace } = db;
  await superuser.execute(`CREATE TABLE ${keyspace}.t (id int PRIMARY KEY)`);
  await superuser.execute(`CREATE ROLE reader_${keyspace} WITH LOGIN = true AND PASSWORD = 'pw'`);
  const reader = await connectClient({
    ...db.cluster,
    credentials: { username: `reader_${keyspace}`, password: "pw" },
  });
  try {
    await expect(reader.execute(`SELECT * FROM ${keyspace}.t`)).rejects.toThrow("no SELECT permission");
    await superuser.execute(`GRANT SELECT ON ${keyspace}.t TO reader_${keyspace}`);
    expect((await reader.execute(`SELECT * FROM ${keyspace}.t`)).rowLength).toBe(0);
  } finally {
    await reader.shutdown();
  }
});

test("the same port speaks TLS under the generated CA, and no other", async () => {
  const encrypted = await connectClient(db.cluster, {
    sslOptions: { ca: [await readFile(db.cluster.tls?.ca ?? "")], rejectUnauthorized: true },
  });
  await encrypted.shutdown();

  const underAnotherCa = connectClient(db.cluster, {
    sslOptions: { ca: [await readFile(db.cluster.tls?.clientCertificate ?? "")], rejectUnauthorized: true },
  });
  await expect(underAnotherCa).rejects.toThrow();
});
