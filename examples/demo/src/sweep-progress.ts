import { setTimeout } from "node:timers/promises";
import type { Client } from "cassandra-driver";
import { TABLES } from "./schema.ts";

const POLL_MS = 100;

/** Follows a sweep in the state tables, which costs the machine less than asking the command line again and again. */
export class SweepProgress {
  readonly #client: Client;
  readonly #jobId: string;
  readonly #startedAtMs = performance.now();
  #ended = false;

  /** `run` settles when the sweep's command has ended. */
  constructor(client: Client, jobId: string, run: Promise<unknown>) {
    this.#client = client;
    this.#jobId = jobId;
    void run.finally(() => {
      this.#ended = true;
    });
  }

  /** Resolves when this part of the chunks is done, or the run has ended; with the milliseconds since its start. */
  async reach(part: number): Promise<number> {
    while (!this.#ended && (await this.#done()) < part) await setTimeout(POLL_MS);
    return performance.now() - this.#startedAtMs;
  }

  async #done(): Promise<number> {
    const statuses: string[] = [];
    for (const table of Object.keys(TABLES)) {
      const cql = "SELECT status FROM rekey_meta.rekey_chunks WHERE job_id = ? AND table_name = ?";
      const result = await this.#client.execute(cql, [this.#jobId, table], { prepare: true });
      statuses.push(...result.rows.map((row) => String(row.get("status"))));
    }
    return statuses.filter((status) => status === "DONE").length / Math.max(1, statuses.length);
  }
}
