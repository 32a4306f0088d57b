import type { CassandraAddress } from "@cassandra-rekey/local-cassandra";
import cassandra, { type Client } from "cassandra-driver";
import { openFernetKey, seal } from "../fixture-table.ts";

export const KEYSPACE = "rekey_bench";

/** The encrypted columns, each 20 characters long before encryption. Blobs, because the Python tool knows no others. */
export const COLUMNS = ["email", "phone"] as const;

const LOADERS = 128;
const BATCH = 2_000;

/** Creates the keyspace, replacing one that an earlier run left. */
export async function createKeyspace(client: Client, cluster: CassandraAddress): Promise<void> {
  await client.execute(`DROP KEYSPACE IF EXISTS ${KEYSPACE}`);
  await client.execute(
    `CREATE KEYSPACE ${KEYSPACE} WITH replication = {'class': 'NetworkTopologyStrategy', '${cluster.localDc}': 1}`,
  );
}

/** Creates a table and fills it with rows under a key, dated an hour ago. */
export async function loadTable(client: Client, name: string, key: string, rows: number): Promise<void> {
  await client.execute(
    `CREATE TABLE ${KEYSPACE}.${name} (tenant int, id uuid, email blob, phone blob, key_version text, PRIMARY KEY ((id, tenant)))`,
  );
  const cql = `INSERT INTO ${KEYSPACE}.${name} (tenant, id, email, phone, key_version) VALUES (?, ?, ?, ?, 'v1') USING TIMESTAMP ?`;
  const fernet = openFernetKey(key);
  const writtenAt = BigInt(Date.now() - 3_600_000) * 1000n;
  for (let start = 0; start < rows; start += BATCH) {
    const count = Math.min(BATCH, rows - start);
    const texts = Array.from({ length: count * COLUMNS.length }, (_, index) =>
      String(start * 10 + index).padStart(20, "x"),
    );
    const tokens = await seal(fernet, texts);
    let next = 0;
    const load = async () => {
      for (let index = next++; index < count; index = next++) {
        const timestamp = cassandra.types.Long.fromString(String(writtenAt + BigInt(start + index)));
        const [email, phone] = [tokens[index * 2], tokens[index * 2 + 1]];
        await client.execute(
          cql,
          [(start + index) % 97, cassandra.types.Uuid.random(), email, phone, timestamp],
          {
            prepare: true,
          },
        );
      }
    };
    await Promise.all(Array.from({ length: LOADERS }, load));
  }
}
