import { randomUUID } from "node:crypto";
import type { TestKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { newFernetKey, open, openFernetKey, seal } from "./fixture-table.ts";
import { openTestEngine } from "./open-test-engine.ts";

const HOUR_US = 3_600_000_000n;

/** What a test needs that makes its tables and their ciphertexts itself: two keys, an hour in which all has settled, engines. */
export function sealedTables(db: TestKeyspace) {
  const keys = { target: newFernetKey(), previous: newFernetKey() };
  const sealed = async (text: string) => (await seal(openFernetKey(keys.previous), [text]))[0]!;
  return {
    /** As text. */
    keys,
    /** An hour ago, microseconds: the writetime to seed with. */
    base: BigInt(Date.now()) * 1000n - HOUR_US,
    /** What the application wrote, in a blob. */
    sealed,
    /** What the application wrote, in a text. */
    token: async (text: string) => (await sealed(text)).toString("latin1"),
    /** The plaintext of what a job wrote. */
    opened: (value: string | Buffer) => open(openFernetKey(keys.target), Buffer.from(value as string)),
    run: (cql: string, params: readonly unknown[] = []) =>
      db.client.execute(cql, params as unknown[], { prepare: true }),
    /** Creates a table of these columns beside its primary key `id`, and gives its name. */
    async create(columns: string): Promise<string> {
      const name = `sealed_${randomUUID().slice(0, 8)}`;
      await db.client.execute(`CREATE TABLE ${db.keyspace}.${name} (id int PRIMARY KEY, ${columns})`);
      return name;
    },
    /** An engine for one table. `columns`, and further settings of the table and of `execution`: as YAML. */
    engineFor: (
      name: string,
      columns: string,
      more: { readonly table?: string; readonly execution?: string } = {},
    ) =>
      openTestEngine({
        ...db,
        keys,
        yaml: `
tables: [{ name: ${name}, encrypted_columns: ${columns}, chunks: 4, ${more.table ?? ""} }]
execution: { settle_seconds: 1, workers: 2, ${more.execution ?? ""} }`,
      }),
  };
}
