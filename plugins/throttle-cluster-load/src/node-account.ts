import { type ClusterSession, NODE_LOCAL } from "@cassandra-rekey/cassandra";
import type { LoadOptions } from "./load-options.ts";
import type { Reading } from "./reading.ts";

/** A table of the job. */
export interface JobTableName {
  readonly keyspace: string;
  readonly name: string;
}

type Row = Readonly<Record<string, unknown>>;
type Query = (cql: string, params?: readonly unknown[]) => Promise<readonly Row[]>;

const STAGES = ["ReadStage", "MutationStage", "Native-Transport-Requests"];

/** Asks nodes for what they keep account of in `system_views`: each answers for itself alone. */
export class NodeAccount {
  readonly #session: ClusterSession;
  readonly #options: LoadOptions;
  readonly #tables: readonly JobTableName[];

  constructor(session: ClusterSession, options: LoadOptions, tables: readonly JobTableName[]) {
    this.#session = session;
    this.#options = options;
    this.#tables = tables;
  }

  /** Whether latencies are looked at, whose unit has to be found first. */
  get needsUnit(): boolean {
    return this.#options.read_p99_ms !== undefined || this.#options.write_p99_ms !== undefined;
  }

  /** What a node says, as far as there are thresholds for it. `factor` makes its latencies milliseconds. */
  async readings(
    host: string,
    factor: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly Reading[]> {
    const query: Query = async (cql, params = []) =>
      (await this.#session.rows(cql, params, { ...NODE_LOCAL, host, timeoutMs, signal })) as unknown as Row[];
    const { read_p99_ms, write_p99_ms, pending_tasks, compactions, hints } = this.#options;
    const looks: Promise<Reading>[] = [pending(query, pending_tasks)];
    if (read_p99_ms !== undefined) looks.push(this.#p99(query, "read", read_p99_ms, factor));
    if (write_p99_ms !== undefined) looks.push(this.#p99(query, "write", write_p99_ms, factor));
    if (compactions !== undefined) looks.push(compacting(query, compactions));
    if (hints !== undefined) looks.push(hinting(query, hints));
    return Promise.all(looks);
  }

  async #p99(query: Query, kind: "read" | "write", threshold: number, factor: number): Promise<Reading> {
    const rows = await Promise.all(
      this.#tables.map(({ keyspace, name }) =>
        query(
          `SELECT p99th_ms FROM system_views.coordinator_${kind}_latency WHERE keyspace_name = ? AND table_name = ?`,
          [keyspace, name],
        ),
      ),
    );
    const values = rows.flat().map((row) => Number(row["p99th_ms"] ?? 0) * factor);
    return { what: `${kind} p99`, value: Math.max(0, ...values), threshold, unit: "ms" };
  }
}

async function pending(query: Query, threshold: number): Promise<Reading> {
  const rows = await query("SELECT name, pending_tasks, blocked_tasks FROM system_views.thread_pools");
  const value = rows
    .filter(({ name }) => STAGES.includes(String(name)))
    .reduce((sum, row) => sum + Number(row["pending_tasks"] ?? 0) + Number(row["blocked_tasks"] ?? 0), 0);
  return { what: "pending requests", value, threshold };
}

async function compacting(query: Query, threshold: number): Promise<Reading> {
  const rows = await query("SELECT kind FROM system_views.sstable_tasks");
  const value = rows.filter(({ kind }) => String(kind).toLowerCase() === "compaction").length;
  return { what: "running compactions", value, threshold };
}

async function hinting(query: Query, threshold: number): Promise<Reading> {
  const rows = await query("SELECT files FROM system_views.pending_hints");
  const value = rows.reduce((sum, { files }) => sum + Number(files ?? 0), 0);
  return { what: "files of hints", value, threshold };
}
