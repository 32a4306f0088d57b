import { quoteIdentifier } from "@cassandra-rekey/cassandra";

/** The tables of the Python tool 0.1.0, with its keys and columns. Further columns are added one by one. */
const REFERENCE_TABLES: Readonly<Record<string, string>> = {
  rekey_jobs: `(
    job_id uuid, table_name text, status text, total_chunks int, schema_fingerprint text, created_at timestamp,
    PRIMARY KEY (job_id, table_name))`,
  rekey_chunks: `(
    job_id uuid, table_name text, chunk_id int, start_token bigint, end_token bigint, status text,
    rows_processed int, attempt int, last_error text, updated_at timestamp,
    PRIMARY KEY ((job_id, table_name), chunk_id))`,
};

/** Tables of ours alone. Paxos serialises per partition, so each chunk's lease has a partition of its own. */
const OWN_TABLES: Readonly<Record<string, string>> = {
  rekey_leases: `(
    job_id uuid, table_name text, chunk_id int, epoch int, owner text, worker text, state text, seq int,
    cursor text, totals text, attempt int, visit int, last_error text,
    PRIMARY KEY ((job_id, table_name, chunk_id)))`,
  rekey_quarantine: `(
    job_id uuid, table_name text, column_name text, row_key text, reason text, writetime bigint,
    PRIMARY KEY ((job_id, table_name), column_name, row_key))`,
  rekey_workers: "(job_id uuid, worker text, report text, PRIMARY KEY (job_id, worker))",
  rekey_key_checks:
    "(job_id uuid, keyring text, key_version text, sealed text, host text, PRIMARY KEY (job_id, keyring, key_version))",
  rekey_controls: "(job_id uuid, revision int, controls text, change text, PRIMARY KEY (job_id))",
};

/** What {@link REFERENCE_TABLES} lack. `format` marks rows that were planned here: the Python tool leaves it empty. */
const ADDED_COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  rekey_jobs: {
    schema_fingerprint: "text",
    job_state: "text static",
    job_change: "text static",
    kind: "text static",
    format: "int",
    keyspace_name: "text",
    definition: "text",
  },
  rekey_chunks: { format: "int", totals: "text", visit: "int" },
};

/** The value of `format` for rows with bounds `(start, end]`. */
export const FORMAT = 1;

/** All table names. */
export const TABLE_NAMES = [...Object.keys(REFERENCE_TABLES), ...Object.keys(OWN_TABLES)];

/** CREATE TABLE for one of {@link TABLE_NAMES}. */
export function createTableCql(keyspace: string, table: string): string {
  const definition = REFERENCE_TABLES[table] ?? OWN_TABLES[table];
  return `CREATE TABLE IF NOT EXISTS ${quoteIdentifier(keyspace)}.${table} ${definition}`;
}

/** The ALTER TABLE statements for what a table of that name lacks, with the column that each adds. */
export function missingColumns(
  keyspace: string,
  table: string,
  present: ReadonlySet<string>,
): readonly { readonly column: string; readonly cql: string }[] {
  return Object.entries(ADDED_COLUMNS[table] ?? {})
    .filter(([column]) => !present.has(column))
    .map(([column, type]) => ({
      column,
      cql: `ALTER TABLE ${quoteIdentifier(keyspace)}.${table} ADD ${column} ${type}`,
    }));
}

/** What a new keyspace has where nobody says how many: three replicas in each data centre, or as many as it has nodes. */
export function usualReplicas(nodesPerDataCenter: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...nodesPerDataCenter].map(([name, nodes]) => [name, Math.min(3, nodes)]));
}

/** The `replication` of a new keyspace with so many replicas in each data centre. */
export function replicationCql(replicas: ReadonlyMap<string, number>): string {
  const factors = [...replicas].map(([name, count]) => `'${name.replaceAll("'", "''")}': ${count}`);
  return `{'class': 'NetworkTopologyStrategy', ${factors.join(", ")}}`;
}
