import { setTimeout } from "node:timers/promises";
import type { EncryptionKey } from "@cassandra-rekey/core";
import cassandra, { type Client } from "cassandra-driver";
import { open, seal } from "./keys.ts";
import { KEYSPACE, type SeededRow, TABLES } from "./schema.ts";

/** What the application has done and met. */
export interface ApplicationReport {
  readonly operations: number;
  readonly failures: number;
  readonly wrongReads: number;
  /** 99th percentile of all operations, milliseconds. */
  readonly p99Ms: number;
}

/** What a final look at every row that the application wrote shows. */
export interface Damage {
  readonly checked: number;
  readonly lostUpdates: number;
  readonly resurrected: number;
}

interface LiveRow extends Omit<SeededRow, "values"> {
  expected: readonly (string | null)[] | "deleted";
  touched: boolean;
  busy: boolean;
}

const CLIENTS = 6;
/** Between two operations of one client, milliseconds. */
const PAUSE_MS = 8;

/**
 * A small application: reads, updates, deletes and inserts rows all the time, remembers what it wrote, and notices
 * when the table says otherwise. Reads with both keys; writes with the one that it was told last.
 */
export class Application {
  readonly #client: Client;
  readonly #keys: readonly EncryptionKey[];
  readonly #rows: LiveRow[];
  readonly #latencies: number[] = [];
  readonly #stop = new AbortController();
  #writeKey: EncryptionKey;
  #working: Promise<unknown> = Promise.resolve();
  #operations = 0;
  #failures = 0;
  #wrongReads = 0;

  constructor(client: Client, rows: readonly SeededRow[], oldKey: EncryptionKey, newKey: EncryptionKey) {
    this.#client = client;
    this.#keys = [newKey, oldKey];
    this.#writeKey = oldKey;
    this.#rows = rows.map(({ values, ...row }) => ({
      ...row,
      expected: values,
      touched: false,
      busy: false,
    }));
  }

  start(): void {
    this.#working = Promise.all(Array.from({ length: CLIENTS }, () => this.#work()));
  }

  /** From now on the application writes with the new key. */
  switchKey(): void {
    this.#writeKey = this.#keys[0]!;
  }

  async stop(): Promise<ApplicationReport> {
    this.#stop.abort();
    await this.#working;
    const sorted = this.#latencies.sort((a, b) => a - b);
    const p99Ms = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
    return { operations: this.#operations, failures: this.#failures, wrongReads: this.#wrongReads, p99Ms };
  }

  /** Reads again every row that was updated, deleted or inserted. */
  async inspect(): Promise<Damage> {
    const touched = this.#rows.filter((row) => row.touched);
    let lostUpdates = 0;
    let resurrected = 0;
    for (const row of touched) {
      const values = await this.#read(row);
      if (row.expected === "deleted") resurrected += values ? 1 : 0;
      else if (values?.join("\0") !== row.expected.join("\0")) lostUpdates += 1;
    }
    return { checked: touched.length, lostUpdates, resurrected };
  }

  async #work(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const row = this.#rows[Math.floor(Math.random() * this.#rows.length)]!;
      if (row.busy) continue;
      row.busy = true;
      const started = performance.now();
      try {
        await this.#operate(row);
        this.#latencies.push(performance.now() - started);
      } catch {
        this.#failures += 1;
      } finally {
        row.busy = false;
        this.#operations += 1;
      }
      await setTimeout(PAUSE_MS);
    }
  }

  async #operate(row: LiveRow): Promise<void> {
    const dice = Math.random();
    if (dice < 0.5) return this.#check(row);
    if (dice < 0.8) return this.#write(row);
    if (dice < 0.9) return this.#delete(row);
    const key = [cassandra.types.Uuid.random(), ...row.key.slice(1)];
    const fresh: LiveRow = { ...row, key, touched: true, busy: false };
    await this.#write(fresh);
    this.#rows.push(fresh);
  }

  async #check(row: LiveRow): Promise<void> {
    const values = await this.#read(row);
    const same = row.expected === "deleted" ? !values : values?.join("\0") === row.expected.join("\0");
    if (!same) this.#wrongReads += 1;
  }

  async #write(row: LiveRow): Promise<void> {
    const { columns, key, binary } = TABLES[row.table];
    const texts = columns.map((column) => `${column} written at ${performance.now()}`);
    const tokens = await seal(this.#writeKey, texts);
    const values = tokens.map((token, index) => (binary[index] ? token : token.toString("latin1")));
    const names = [...key, ...columns];
    const cql = `INSERT INTO ${KEYSPACE}.${row.table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`;
    await this.#client.execute(cql, [...row.key, ...values], { prepare: true });
    row.expected = texts;
    row.touched = true;
  }

  async #delete(row: LiveRow): Promise<void> {
    await this.#client.execute(`DELETE FROM ${KEYSPACE}.${row.table} WHERE ${where(row)}`, [...row.key], {
      prepare: true,
    });
    row.expected = "deleted";
    row.touched = true;
  }

  async #read(row: LiveRow): Promise<readonly (string | null)[] | undefined> {
    const { columns } = TABLES[row.table];
    const cql = `SELECT ${columns.join(", ")} FROM ${KEYSPACE}.${row.table} WHERE ${where(row)}`;
    const found = (await this.#client.execute(cql, [...row.key], { prepare: true })).first();
    if (!found) return undefined;
    return Promise.all(
      columns.map(async (column) => {
        const value = found.get(column) as string | Buffer | null;
        if (value === null) return null;
        return (await open(this.#keys, Buffer.from(value as string))) ?? "(no key opens it)";
      }),
    );
  }
}

function where(row: Pick<SeededRow, "table">): string {
  return TABLES[row.table].key.map((name) => `${name} = ?`).join(" AND ");
}
