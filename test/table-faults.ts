import type { CassandraSince } from "@cassandra-rekey/local-cassandra/shared";

/** A table that is not as a run needs it, what doctor says of it, and how it is mended. */
export interface Fault {
  /** The Cassandra that has such tables; all when left out. */
  readonly since?: CassandraSince;
  /** What follows CREATE TABLE and its name. */
  readonly table: string;
  /** Statements after it; `$` stands for the table. */
  readonly after?: readonly string[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly finds: readonly string[];
  /** The next step as doctor words it, in part. */
  readonly next: string;
  /** The next step taken in the table, `$` standing for it. */
  readonly mendedBy?: readonly string[];
  /** The next step taken in the configuration. */
  readonly mendedConfig?: Readonly<Record<string, unknown>>;
  /** What is found afterwards; nothing amiss when left out. */
  readonly thenFinds?: readonly string[];
}

/** The sample says so of tables that it could read, which are all empty. */
const EMPTY = "WARN keys.sample";
/** What doctor says of a table without a fault. */
export const FINE = ["OK table", EMPTY];

/** By the table's name. `$` in a statement stands for the table, `%` for its keyspace. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  wrong_order: {
    table: "(b int, a int, email text, PRIMARY KEY ((b, a)))",
    config: { partition_key: ["a", "b"] },
    finds: ["FAIL table.key"],
    next: "[b, a]",
    mendedConfig: { partition_key: ["b", "a"] },
  },
  wrong_clustering: {
    table: "(a int, c int, b int, email text, PRIMARY KEY (a, c, b))",
    config: { partition_key: ["a"], clustering_key: ["b", "c"] },
    finds: ["FAIL table.key"],
    next: "[c, b]",
    mendedConfig: { clustering_key: ["c", "b"] },
  },
  misspelt: {
    table: "(a int PRIMARY KEY, email text)",
    config: { encrypted_columns: ["e_mail"] },
    finds: ["FAIL table.columns"],
    next: "the table has email",
    mendedConfig: { encrypted_columns: ["email"] },
  },
  wrong_type: {
    table: "(a int PRIMARY KEY, email int, address blob)",
    finds: ["FAIL table.type"],
    next: "blob, text, ascii or varchar",
    mendedConfig: { encrypted_columns: ["address"] },
  },
  counters: {
    table: "(a int PRIMARY KEY, email counter)",
    finds: ["FAIL table.counter", "FAIL table.type"],
    next: "Leave the table out",
  },
  key_only: {
    table: "(a int, b int, PRIMARY KEY (a, b))",
    finds: ["FAIL table.columns"],
    next: "Leave the table out",
  },
  encrypted_key: {
    table: "(a int, email text, PRIMARY KEY (a, email))",
    finds: ["FAIL table.encrypted-key"],
    next: "Copy the rows to a new table",
  },
  static_column: {
    table: "(a int, b int, email text STATIC, name text, PRIMARY KEY (a, b))",
    finds: FINE,
    next: "",
  },
  compact: {
    table: "(a int PRIMARY KEY, email text, name text) WITH COMPACT STORAGE",
    finds: ["FAIL table.compact-storage"],
    next: "DROP COMPACT STORAGE",
  },
  compact_rows: {
    table: "(a int, b int, c int, email text, PRIMARY KEY (a, b, c)) WITH COMPACT STORAGE",
    finds: ["FAIL table.compact-storage"],
    next: "DROP COMPACT STORAGE",
  },
  indexed: {
    table: "(a int PRIMARY KEY, email text)",
    after: ["CREATE INDEX ON $ (email)"],
    finds: ["FAIL table.index", EMPTY],
    next: "accept: [table.index]",
    mendedConfig: { accept: ["table.index"] },
    thenFinds: ["WARN table.index", EMPTY],
  },
  sai_indexed: {
    since: "5.0",
    table: "(a int PRIMARY KEY, email text)",
    after: ["CREATE CUSTOM INDEX sai_by_email ON $ (email) USING 'StorageAttachedIndex'"],
    finds: ["FAIL table.index", EMPTY],
    next: "Drop the index",
    mendedBy: ["DROP INDEX %.sai_by_email"],
  },
  another_column_indexed: {
    table: "(a int PRIMARY KEY, email text, email_hash text)",
    after: ["CREATE INDEX ON $ (email_hash)"],
    finds: FINE,
    next: "",
  },
  viewed: {
    table: "(a int PRIMARY KEY, email text, b int)",
    after: [
      "CREATE MATERIALIZED VIEW %.view_of_it AS SELECT a, b, email FROM $ WHERE b IS NOT NULL AND a IS NOT NULL PRIMARY KEY (b, a)",
    ],
    finds: ["WARN table.view", EMPTY],
    next: "twice the write load",
    mendedBy: ["DROP MATERIALIZED VIEW %.view_of_it"],
  },
  windows: {
    table: "(a int PRIMARY KEY, email text) WITH compaction = {'class': 'TimeWindowCompactionStrategy'}",
    finds: ["WARN table.twcs", EMPTY],
    next: "waiting for the old cells to expire",
    mendedBy: ["ALTER TABLE $ WITH compaction = {'class': 'LeveledCompactionStrategy'}"],
  },
  hasty: {
    table: "(a int PRIMARY KEY, email text) WITH gc_grace_seconds = 3599",
    finds: ["FAIL table.gc-grace", EMPTY],
    next: "Raise it to 3600",
    mendedBy: ["ALTER TABLE $ WITH gc_grace_seconds = 3600"],
  },
  accepted: {
    table: "(a int PRIMARY KEY, email text) WITH gc_grace_seconds = 60",
    finds: ["FAIL table.gc-grace", EMPTY],
    next: "accept: [table.gc-grace]",
    mendedConfig: { accept: ["table.gc-grace"] },
    thenFinds: ["WARN table.gc-grace", EMPTY],
  },
  no_grace: {
    table: "(a int PRIMARY KEY, email text) WITH gc_grace_seconds = 0",
    config: { accept: ["table.gc-grace"] },
    finds: ["FAIL table.gc-grace", EMPTY],
    next: "gc_grace_seconds = 3600",
    mendedBy: ["ALTER TABLE $ WITH gc_grace_seconds = 3600"],
  },
  masked: {
    since: "5.0",
    table: "(a int PRIMARY KEY, email text MASKED WITH DEFAULT)",
    finds: ["FAIL table.mask"],
    next: 'ALTER "email" DROP MASKED',
    mendedBy: ['ALTER TABLE $ ALTER "email" DROP MASKED'],
  },
  masked_key: {
    since: "5.0",
    table: "(a text MASKED WITH DEFAULT PRIMARY KEY, email text)",
    finds: ["FAIL table.mask"],
    next: 'ALTER "a" DROP MASKED',
    mendedBy: ['ALTER TABLE $ ALTER "a" DROP MASKED'],
  },
  labelled: {
    table: "(a int PRIMARY KEY, email text, key_version text)",
    finds: ["WARN table.label", EMPTY],
    next: "tries its keys one after the other",
  },
  label_missing: {
    table: "(a int PRIMARY KEY, email text)",
    config: { key_version_column: "version" },
    finds: ["FAIL table.label", EMPTY],
    next: "leave it out",
    mendedConfig: { key_version_column: undefined },
  },
};
