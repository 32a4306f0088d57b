import type { CassandraAddress } from "@cassandra-rekey/local-cassandra";
import { KEYSPACE, TABLES } from "./schema.ts";

/** The configuration that the demo's commands use. */
export function configuration(cluster: CassandraAddress): string {
  return `cluster:
  contact_points: [${cluster.contactPoints.join(", ")}]
  port: ${cluster.port}
  local_dc: ${cluster.localDc}
  keyspace: ${KEYSPACE}
state:
  keyspace: rekey_meta
provider:
  type: fernet
  old_key_env: REKEY_OLD_KEY
  new_key_env: REKEY_NEW_KEY
tables:
  - name: customers
    partition_key: [user_id, region]
    clustering_key: [since]
    encrypted_columns: [${TABLES.customers.columns.join(", ")}]
    chunks: 64
  - name: cards
    partition_key: [card_id]
    encrypted_columns: [${TABLES.cards.columns.join(", ")}]
    chunks: 64
execution:
  settle_seconds: 5 # clocks are one and the same here
`;
}
