/** Rises with each change of {@link SCHEMA}; kept in the file as `user_version`. */
export const SCHEMA_VERSION = 3;

/** Tokens are 64-bit integers; lease times are this host's wall clock in milliseconds. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS jobs (
  job_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  tables TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS chunks (
  job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
  table_name TEXT NOT NULL,
  chunk_id INTEGER NOT NULL,
  after_token INTEGER NOT NULL,
  up_to_token INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending',
  epoch INTEGER NOT NULL DEFAULT 0,
  worker TEXT,
  lease_ms INTEGER NOT NULL DEFAULT 0,
  leased_until INTEGER NOT NULL DEFAULT 0,
  touched_at INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0,
  cursor TEXT,
  totals TEXT,
  attempt INTEGER NOT NULL DEFAULT 0,
  visit INTEGER NOT NULL DEFAULT 0,
  last_error TEXT,
  PRIMARY KEY (job_id, table_name, chunk_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chunks_by_state ON chunks (job_id, state, leased_until);
CREATE TABLE IF NOT EXISTS quarantine (
  job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
  table_name TEXT NOT NULL,
  column_name TEXT NOT NULL,
  row_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  writetime INTEGER NOT NULL,
  PRIMARY KEY (job_id, table_name, column_name, row_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS workers (
  job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
  worker TEXT NOT NULL,
  report TEXT NOT NULL,
  reported_at INTEGER NOT NULL,
  PRIMARY KEY (job_id, worker)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS controls (
  job_id TEXT PRIMARY KEY REFERENCES jobs (job_id) ON DELETE CASCADE,
  controls TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS key_checks (
  job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
  keyring TEXT NOT NULL,
  key_version TEXT NOT NULL,
  sealed TEXT NOT NULL,
  host TEXT NOT NULL,
  PRIMARY KEY (job_id, keyring, key_version)
) STRICT, WITHOUT ROWID;
`;
