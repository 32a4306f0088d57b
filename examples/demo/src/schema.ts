import type { EncryptionKey } from "@cassandra-rekey/core";
import cassandra, { type Client } from "cassandra-driver";
import { seal } from "./keys.ts";

export const KEYSPACE = "shop";

/** A row that the demo made: where it is and what its encrypted columns held. */
export interface SeededRow {
  readonly table: "customers" | "cards";
  readonly key: readonly unknown[];
  readonly values: readonly (string | null)[];
  /** Seconds to live, or 0. */
  readonly ttl: number;
}

/** What the application needs to know of each table. The partition key of `customers` is not in alphabetical order. */
export const TABLES = {
  customers: { key: ["user_id", "region", "since"], columns: ["email", "passport"], binary: [false, true] },
  cards: { key: ["card_id"], columns: ["number", "holder"], binary: [false, false] },
} as const;

const INSERTS_IN_FLIGHT = 64;

/** Creates keyspace and tables. */
export async function createSchema(client: Client, dataCenter: string): Promise<void> {
  await client.execute(
    `CREATE KEYSPACE ${KEYSPACE} WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCenter}': 1}`,
  );
  await client.execute(`CREATE TABLE ${KEYSPACE}.customers (
    user_id uuid, region text, since timestamp, email text, passport blob, nickname text,
    PRIMARY KEY ((user_id, region), since)) WITH CLUSTERING ORDER BY (since DESC)`);
  await client.execute(
    `CREATE TABLE ${KEYSPACE}.cards (card_id uuid PRIMARY KEY, number text, holder text, issued date)`,
  );
}

/** Loads rows encrypted under `key`, dated an hour ago: every tenth lives for a day, every eleventh has a null. */
export async function loadRows(
  client: Client,
  key: EncryptionKey,
  count: number,
): Promise<readonly SeededRow[]> {
  const rows = Array.from({ length: count }, (_, index) => seededRow(index));
  const sealed = await seal(
    key,
    rows.flatMap((row) => row.values.filter((value) => value !== null)),
  );
  const writtenAt = BigInt(Date.now() - 3_600_000) * 1000n;
  let nextSealed = 0;
  const inserts = rows.map((row, index) => {
    const values = row.values.map((value, column) => {
      if (value === null) return null;
      const token = sealed[nextSealed++]!;
      return TABLES[row.table].binary[column] ? token : token.toString("latin1");
    });
    const timestamp = cassandra.types.Long.fromString(String(writtenAt + BigInt(index)));
    return { row, params: [...row.key, ...values, timestamp, row.ttl] };
  });
  const insert = async () => {
    for (let next = inserts.pop(); next; next = inserts.pop()) {
      await client.execute(insertCql(next.row.table), next.params, { prepare: true });
    }
  };
  await Promise.all(Array.from({ length: INSERTS_IN_FLIGHT }, insert));
  return rows;
}

function seededRow(index: number): SeededRow {
  const id = cassandra.types.Uuid.random();
  const ttl = index % 10 === 0 ? 86_400 : 0;
  if (index % 2 === 0) {
    const key = [id, index % 3 === 0 ? "emea" : "apac", new Date(1_600_000_000_000 + index * 1000)];
    return {
      table: "customers",
      key,
      values: [`customer${index}@example.com`, index % 11 === 0 ? null : `P-${index}`],
      ttl,
    };
  }
  return {
    table: "cards",
    key: [id],
    values: [`4000-${index}`, index % 11 === 0 ? null : `Holder ${index}`],
    ttl,
  };
}

function insertCql(table: SeededRow["table"]): string {
  const { key, columns } = TABLES[table];
  const names = [...key, ...columns];
  return `INSERT INTO ${KEYSPACE}.${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")}) USING TIMESTAMP ? AND TTL ?`;
}
