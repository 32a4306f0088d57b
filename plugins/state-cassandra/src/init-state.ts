import { type ClusterSession, quoteIdentifier } from "@cassandra-rekey/cassandra";
import { type InitReport, RekeyError } from "@cassandra-rekey/core";
import { createTableCql, missingColumns, replicationCql, TABLE_NAMES, usualReplicas } from "./schema.ts";

/** Makes the state keyspace and its tables, or brings those of the Python tool up to date in place. */
export async function initState(
  session: ClusterSession,
  keyspace: string,
  replication: Readonly<Record<string, number>> | undefined,
  signal: AbortSignal,
): Promise<InitReport> {
  const changes: string[] = [];
  const change = async (cql: string, line: string) => {
    // The driver waits until all nodes agree on the schema, but not for ever, and then says only so.
    const { info } = await session.execute(cql, [], { prepare: false, signal, timeoutMs: 60_000 });
    changes.push(line);
    // The driver's types leave it out.
    if ((info as { readonly isSchemaInAgreement?: boolean }).isSchemaInAgreement !== false) return;
    throw new RekeyError(
      "STATE.UNAVAILABLE",
      `the nodes do not agree on the schema yet, after this was done: ${changes.join("; ")}`,
      {
        hint: "Run `cassandra-rekey init-state` again in a minute; `nodetool describecluster` shows who disagrees.",
      },
    );
  };
  const [existing] = await session.rows(
    "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?",
    [keyspace],
    { signal },
  );
  if (!existing) {
    const usual = () => usualReplicas(nodesPerDataCenter(session));
    const options = replicationCql(replication ? new Map(Object.entries(replication)) : usual());
    await change(
      `CREATE KEYSPACE IF NOT EXISTS ${quoteIdentifier(keyspace)} WITH replication = ${options}`,
      `created keyspace ${keyspace} with ${options}`,
    );
  }
  for (const table of TABLE_NAMES) {
    const columns = await columnsOf(session, keyspace, table, signal);
    if (columns.size === 0)
      await change(createTableCql(keyspace, table), `created table ${keyspace}.${table}`);
    const present = columns.size === 0 ? await columnsOf(session, keyspace, table, signal) : columns;
    for (const { column, cql } of missingColumns(keyspace, table, present)) {
      try {
        await change(cql, `added column ${column} to ${keyspace}.${table}`);
      } catch (error) {
        // Two that initialise at once: the other one may have been faster.
        if (!(await columnsOf(session, keyspace, table, signal)).has(column)) throw error;
      }
    }
  }
  return { changes };
}

async function columnsOf(
  session: ClusterSession,
  keyspace: string,
  table: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const rows = await session.rows(
    "SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?",
    [keyspace, table],
    { signal },
  );
  return new Set(rows.map((row) => String(row.get("column_name"))));
}

function nodesPerDataCenter(session: ClusterSession): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  // Of a node that is just joining it may not be known yet where it is.
  const placed = session.hosts().filter(({ dataCenter }) => dataCenter !== "");
  for (const { dataCenter } of placed) counts.set(dataCenter, (counts.get(dataCenter) ?? 0) + 1);
  return counts;
}
