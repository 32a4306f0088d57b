import { setTimeout } from "node:timers/promises";
import type { SeededRandom } from "@cassandra-rekey/testkit";
import cassandra, { type Client } from "cassandra-driver";
import type { WriteStyle } from "../racing-application.ts";
import { CellHistory, type Damage, type Expiry, type ReadTime, type Version } from "./cell-history.ts";
import type { KeyChain } from "./key-chain.ts";

/** How the application behaves. */
export interface ApplicationSettings {
  /** `keyspace.name`, made by {@link ChaosApplication.load}. */
  readonly table: string;
  readonly rows: number;
  /** Plain writes, or lightweight transactions, which rewrites have to be as well. */
  readonly writes: WriteStyle;
  /** Shortest and longest time to live of what it lets expire, seconds. */
  readonly ttlSeconds: readonly [number, number];
  /** How much later a cell may expire because a write to it was held up on its way, milliseconds. */
  readonly heldMs: number;
}

/** Something that is not as it was written. */
export interface Finding {
  readonly damage: Damage | "old key";
  /** Where, what was found and what was expected. */
  readonly line: string;
}

const COLUMNS = ["email", "document"] as const;
type Column = (typeof COLUMNS)[number];

/** What the application does to a row, with the share of each. */
const CHOICES = [
  "read",
  "read",
  "read",
  "read",
  "set one",
  "set one",
  "set both",
  "set mortal",
  "empty one",
  "delete",
] as const;
type Choice = (typeof CHOICES)[number];

const CALLERS = 4;
const LOADERS = 32;
const MOST_TRIES = 5;
/** Between two calls of one caller: an application that leaves room for others on a small machine. */
const PAUSE_MS = 25;
/** Within this a cell may be gone early: its second begins before it is over. */
const SECOND_MS = 2_000;
const { quorum } = cassandra.types.consistencies;

/**
 * An application that reads, writes, deletes and lets expire rows of one table, at QUORUM, and checks each value that
 * it reads against what it wrote. Rows are made by UPDATE alone, so that a row without a live cell must not be there.
 */
export class ChaosApplication {
  readonly findings: Finding[] = [];
  readonly counts = { reads: 0, cellsChecked: 0, writes: 0, deletes: 0, inDoubt: 0, readsFailed: 0 };
  /** Whether some of its instances still write with the key before the newest. */
  isLagging = true;
  readonly #client: Client;
  readonly #keys: KeyChain;
  readonly #random: SeededRandom;
  readonly #settings: ApplicationSettings;
  readonly #rows: Readonly<Record<Column, CellHistory>>[] = [];
  readonly #busy = new Set<number>();
  #written = 0;
  #stop = new AbortController();
  #working: Promise<unknown> = Promise.resolve();

  constructor(
    client: Client,
    parts: {
      readonly keys: KeyChain;
      readonly random: SeededRandom;
      readonly settings: ApplicationSettings;
    },
  ) {
    this.#client = client;
    this.#keys = parts.keys;
    this.#random = parts.random;
    this.#settings = parts.settings;
  }

  /** Makes the table and fills it, dated an hour ago; in every fifth row something expires. */
  async load(): Promise<void> {
    const { table, rows } = this.#settings;
    await this.#client.execute(`CREATE TABLE ${table} (id int PRIMARY KEY, email text, document blob)`);
    const anHourAgo = BigInt(Date.now() - 3_600_000) * 1000n;
    for (let id = 0; id < rows; id += 1)
      this.#rows.push({
        email: new CellHistory({ text: undefined }),
        document: new CellHistory({ text: undefined }),
      });
    const ids = this.#rows.keys();
    const load = async () => {
      for (const id of ids) {
        const timestamp = cassandra.types.Long.fromString(String(anHourAgo + BigInt(id)));
        await this.#set(id, ["document"], undefined, timestamp);
        await this.#set(id, ["email"], id % 5 === 0 ? this.#ttl() : undefined, timestamp);
      }
    };
    await Promise.all(Array.from({ length: LOADERS }, load));
    if (this.counts.inDoubt > 0) throw new Error("the application could not load its table");
  }

  start(): void {
    this.#stop = new AbortController();
    this.#working = Promise.all(Array.from({ length: CALLERS }, () => this.#work(this.#stop.signal)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#working;
  }

  /** Reads every row; where a job has ended, also looks which key it is under. */
  async inspect(isRotated = true): Promise<void> {
    const ids = this.#rows.keys();
    const inspect = async () => {
      for (const id of ids) {
        let tries = 0;
        while (!(await this.#read(id, isRotated ? this.#keys.newest : undefined))) {
          tries += 1;
          if (tries === MOST_TRIES) throw new Error(`row ${id} cannot be read`);
        }
      }
    };
    await Promise.all(Array.from({ length: LOADERS }, inspect));
  }

  async #work(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const id = this.#random.integer(this.#rows.length);
      if (!this.#busy.has(id)) {
        this.#busy.add(id);
        await this.#do(CHOICES[this.#random.integer(CHOICES.length)]!, id);
        this.#busy.delete(id);
      }
      await setTimeout(PAUSE_MS, undefined, { signal: stop }).catch(() => {});
    }
  }

  async #do(choice: Choice, id: number): Promise<void> {
    const column = COLUMNS[this.#random.integer(COLUMNS.length)]!;
    if (choice === "read") await this.#read(id, undefined);
    if (choice === "set one") await this.#set(id, [column]);
    if (choice === "set both") await this.#set(id, COLUMNS);
    if (choice === "set mortal") await this.#set(id, [column], this.#ttl());
    if (choice === "empty one") await this.#delete(id, [column]);
    if (choice === "delete") await this.#delete(id, COLUMNS);
  }

  /** Tells whether it was answered. */
  async #read(id: number, version: string | undefined): Promise<boolean> {
    const fromMs = Date.now();
    const cql = `SELECT id, email, document FROM ${this.#settings.table} WHERE id = ?`;
    const found = await this.#client
      .execute(cql, [id], { prepare: true, consistency: quorum })
      .catch(() => undefined);
    if (!found) {
      this.counts.readsFailed += 1;
      return false;
    }
    this.counts.reads += 1;
    const read: ReadTime = { fromMs, toMs: Date.now() };
    const row = found.first() as cassandra.types.Row | null;
    for (const column of COLUMNS)
      await this.#check(id, column, (row?.get(column) as string | Buffer | null) ?? null, read, version);
    if (row && COLUMNS.every((column) => row.get(column) === null))
      this.#report("resurrected", `row ${id} is there without a cell`);
    return true;
  }

  async #check(
    id: number,
    column: Column,
    stored: string | Buffer | null,
    read: ReadTime,
    version: string | undefined,
  ): Promise<void> {
    this.counts.cellsChecked += 1;
    const history = this.#rows[id]![column];
    const opened = stored === null ? undefined : await this.#keys.open(Buffer.from(stored as string));
    const text = stored === null ? undefined : (opened?.text ?? "what no key opens");
    const damage = history.judge(text, read);
    if (damage)
      this.#report(
        damage,
        `${column} of row ${id}: found ${text ?? "nothing"}, expected ${history.expected}`,
      );
    if (version !== undefined && opened && opened.version !== version)
      this.#report("old key", `${column} of row ${id} is under ${opened.version} at the end`);
  }

  #report(damage: Finding["damage"], line: string): void {
    this.findings.push({ damage, line });
  }

  async #set(
    id: number,
    columns: readonly Column[],
    ttl?: number,
    timestamp?: cassandra.types.Long,
  ): Promise<void> {
    const which = this.isLagging && this.#random.fraction() < 0.5 ? "previous" : "newest";
    const texts = columns.map((column) => `${column} ${id}, write ${this.#next()}`);
    const tokens = await Promise.all(texts.map((text) => this.#keys.seal(text, which)));
    const values = tokens.map((token, index) =>
      columns[index] === "email" ? token.toString("latin1") : token,
    );
    const using = timestamp ? "USING TIMESTAMP ? AND TTL ?" : "USING TTL ?";
    const cql = `UPDATE ${this.#settings.table} ${using} SET ${columns.map((column) => `${column} = ?`).join(", ")} WHERE id = ?`;
    const params = [...(timestamp ? [timestamp] : []), ttl ?? 0, ...values, id];
    const { startedMs, endedMs, outcome } = await this.#execute(cql, params, timestamp !== undefined);
    this.counts.writes += 1;
    const expiry: Expiry | undefined =
      ttl === undefined
        ? undefined
        : {
            earliestMs: startedMs + ttl * 1000 - SECOND_MS,
            latestMs: endedMs + ttl * 1000 + SECOND_MS + this.#settings.heldMs,
          };
    for (const [index, column] of columns.entries())
      this.#rows[id]![column].wrote({ text: texts[index], ...(expiry && { expiry }) }, outcome);
  }

  async #delete(id: number, columns: readonly Column[]): Promise<void> {
    const what = columns.length === COLUMNS.length ? "" : columns.join(", ");
    const { outcome } = await this.#execute(`DELETE ${what} FROM ${this.#settings.table} WHERE id = ?`, [id]);
    this.counts.deletes += 1;
    const gone: Version = { text: undefined };
    for (const column of columns) this.#rows[id]![column].wrote(gone, outcome);
  }

  async #execute(cql: string, params: readonly unknown[], isPlain = this.#settings.writes === "plain") {
    const startedMs = Date.now();
    const options = { prepare: true, consistency: quorum };
    // Holds whether the row is there or not.
    const condition = isPlain ? "" : " IF email != 'never written'";
    const outcome = await this.#client.execute(`${cql}${condition}`, params, options).then(
      () => "acknowledged" as const,
      () => "unknown" as const,
    );
    if (outcome === "unknown") this.counts.inDoubt += 1;
    return { startedMs, endedMs: Date.now(), outcome };
  }

  #next(): number {
    this.#written += 1;
    return this.#written;
  }

  #ttl(): number {
    const [shortest, longest] = this.#settings.ttlSeconds;
    return shortest + this.#random.integer(longest - shortest + 1);
  }
}
