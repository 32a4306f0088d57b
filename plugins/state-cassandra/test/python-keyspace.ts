import { randomUUID } from "node:crypto";
import type { ClusterSession } from "@cassandra-rekey/cassandra";

/** The tables as `init-state` of the Python tool 0.1.0 makes them. */
const PYTHON_TABLES = [
  `CREATE TABLE IF NOT EXISTS {ks}.rekey_jobs (
    job_id uuid,
    table_name text,
    status text,
    total_chunks int,
    schema_fingerprint text,
    created_at timestamp,
    PRIMARY KEY (job_id, table_name)
)`,
  `CREATE TABLE IF NOT EXISTS {ks}.rekey_chunks (
    job_id uuid,
    table_name text,
    chunk_id int,
    start_token bigint,
    end_token bigint,
    status text,
    rows_processed int,
    attempt int,
    last_error text,
    updated_at timestamp,
    PRIMARY KEY ((job_id, table_name), chunk_id)
)`,
];

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** A chunk as the Python tool left it. */
export interface PythonChunk {
  readonly status: "PENDING" | "RUNNING" | "DONE";
  readonly rows?: number;
  /** When it was touched, milliseconds ago. */
  readonly agoMs?: number;
}

/** A job of the Python tool, as it is written by its `plan` and `run`. */
export interface PythonJob {
  readonly status: string;
  readonly chunks: readonly PythonChunk[];
  /** How far the clock is ahead that dates its plain writes, milliseconds. */
  readonly aheadMs?: number;
}

/** The Python tool's own cut of the ring. */
export function pythonSplit(count: number): readonly { readonly start: bigint; readonly end: bigint }[] {
  const step = (MAX - MIN + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    start: MIN + BigInt(index) * step,
    end: index < count - 1 ? MIN + BigInt(index + 1) * step : MAX,
  }));
}

/** Makes a keyspace a state keyspace of the Python tool, and returns its name. */
export async function pythonKeyspace(session: ClusterSession, keyspace: string): Promise<string> {
  for (const cql of PYTHON_TABLES)
    await session.execute(cql.replace("{ks}", keyspace), [], { prepare: false });
  return keyspace;
}

/** Writes a job with one table `t`, as the Python tool does, and returns its id. */
export async function pythonJob(session: ClusterSession, keyspace: string, job: PythonJob): Promise<string> {
  const id = randomUUID();
  const { chunks, aheadMs = 0 } = job;
  await session.execute(
    `INSERT INTO ${keyspace}.rekey_jobs (job_id, table_name, status, total_chunks, schema_fingerprint, created_at) VALUES (?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
    [id, "t", "PENDING", chunks.length, "f00d", new Date()],
  );
  for (const [index, { start, end }] of pythonSplit(chunks.length).entries()) {
    await session.execute(
      `INSERT INTO ${keyspace}.rekey_chunks (job_id, table_name, chunk_id, start_token, end_token, status, rows_processed, attempt, updated_at) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?) IF NOT EXISTS`,
      [id, "t", index, start, end, "PENDING", new Date()],
    );
  }
  // A little ahead in any case: the transactions above carry the server's time to the microsecond.
  const at = BigInt(Date.now() + 10 + aheadMs) * 1000n;
  await session.execute(
    `UPDATE ${keyspace}.rekey_jobs USING TIMESTAMP ? SET status = ? WHERE job_id = ? AND table_name = ?`,
    [at, job.status, id, "t"],
  );
  for (const [index, { status, rows = 0, agoMs = 0 }] of chunks.entries()) {
    if (status === "PENDING") continue;
    await session.execute(
      `UPDATE ${keyspace}.rekey_chunks USING TIMESTAMP ? SET status = ?, rows_processed = ?, updated_at = ? WHERE job_id = ? AND table_name = ? AND chunk_id = ?`,
      [at, status, rows, new Date(Date.now() - agoMs), id, "t", index],
    );
  }
  return id;
}

/** What the Python tool's `status` command and its workers see. */
export async function pythonView(session: ClusterSession, keyspace: string, jobId: string) {
  const [job] = await session.rows(`SELECT status FROM ${keyspace}.rekey_jobs WHERE job_id = ?`, [jobId]);
  const chunks = await session.rows(
    `SELECT status, rows_processed FROM ${keyspace}.rekey_chunks WHERE job_id = ? AND table_name = 't'`,
    [jobId],
  );
  return {
    job: String(job?.get("status")),
    chunks: chunks.map((row) => `${row.get("status")} ${row.get("rows_processed")}`),
  };
}
