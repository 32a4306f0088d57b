import type { CellForm, EncryptionKey } from "@cassandra-rekey/core";
import cassandra, { type Client } from "cassandra-driver";

const NEVER = new AbortController().signal;
const WORKERS = 2;
const LOADERS = 32;
const FORMS: Readonly<Record<string, CellForm>> = { email: "text", document: "binary" };

type Plaintexts = Readonly<Record<string, string>>;

/**
 * An application that holds a whole keyring: it reads and updates rows of one table at random, opens what it reads with
 * whichever key does, and writes under the newest one. One writer a row at a time, so it knows what each must hold.
 */
export class KeyringApplication {
  /** What it read and could not explain. */
  readonly surprises: string[] = [];
  reads = 0;
  writes = 0;
  readonly #client: Client;
  readonly #table: string;
  readonly #keyspace: string;
  readonly #name: string;
  readonly #keys: EncryptionKey[] = [];
  readonly #expected: Plaintexts[];
  readonly #busy = new Set<number>();
  #writer: EncryptionKey;
  #working: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(client: Client, keyspace: string, name: string, rows: number, first: EncryptionKey) {
    this.#client = client;
    this.#keyspace = keyspace;
    this.#name = name;
    this.#table = `${keyspace}.${name}`;
    this.#keys.push(first);
    this.#writer = first;
    this.#expected = Array.from({ length: rows }, (_, id) => ({
      email: `person ${id}`,
      document: `first ${id}`,
    }));
  }

  /** Makes the table and fills it, dated an hour ago. */
  async load(): Promise<void> {
    await this.#client.execute(`CREATE TABLE ${this.#table} (id int PRIMARY KEY, email text, document blob)`);
    const writtenAt = cassandra.types.Long.fromNumber((Date.now() - 3_600_000) * 1000);
    const ids = this.#expected.keys();
    const load = async () => {
      for (const id of ids) await this.#write(id, this.#expected[id]!, writtenAt);
    };
    await Promise.all(Array.from({ length: LOADERS }, load));
  }

  /** From now on it also reads with the key. */
  learn(key: EncryptionKey): void {
    this.#keys.unshift(key);
  }

  /** From now on it writes with the key, which it has learnt. */
  writeWith(key: EncryptionKey): void {
    this.#writer = key;
  }

  start(): void {
    this.#working = Promise.all(Array.from({ length: WORKERS }, () => this.#work()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  /** Every row that does not hold what was written last, or that one of its keys other than `version` opens. */
  async differences(version: string): Promise<readonly string[]> {
    const wrong: string[] = [];
    for (const id of this.#expected.keys()) {
      for (const [column, found] of Object.entries(await this.#read(id))) {
        if (found.text !== this.#expected[id]![column] || found.version !== version)
          wrong.push(`${column} of ${id}: "${found.text}" under ${found.version}`);
      }
    }
    return wrong;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const id = Math.floor(Math.random() * this.#expected.length);
      if (this.#busy.has(id)) continue;
      this.#busy.add(id);
      await this.#visit(id).catch((error) => this.surprises.push(String(error)));
      this.#busy.delete(id);
    }
  }

  async #visit(id: number): Promise<void> {
    for (const [column, { text }] of Object.entries(await this.#read(id))) {
      const expected = this.#expected[id]![column];
      if (text !== expected) this.surprises.push(`${column} of ${id} is "${text}", not "${expected}"`);
    }
    this.reads += 1;
    if (Math.random() < 0.5) return;
    this.writes += 1;
    const fresh = { email: `person ${id}, write ${this.writes}`, document: `write ${this.writes}` };
    await this.#write(id, fresh);
    this.#expected[id] = fresh;
  }

  async #write(id: number, texts: Plaintexts, timestamp?: cassandra.types.Long): Promise<void> {
    const values: Buffer[] = [];
    for (const [column, text] of Object.entries(texts)) {
      const form = FORMS[column]!;
      const cell = { plaintext: Buffer.from(text), form, context: this.#context(column) };
      const [sealed] = await this.#writer.encrypt([cell], NEVER);
      const bytes = Buffer.from(sealed!);
      const isText = form === "text" && this.#writer.writes === "binary";
      values.push(isText ? Buffer.from(bytes.toString("base64")) : bytes);
    }
    const [email, document] = values;
    await this.#client.execute(
      `INSERT INTO ${this.#table} (id, email, document) VALUES (?, ?, ?)${timestamp ? " USING TIMESTAMP ?" : ""}`,
      [id, email!.toString("latin1"), document, ...(timestamp ? [timestamp] : [])],
      { prepare: true },
    );
  }

  async #read(id: number): Promise<Record<string, { text: string | undefined; version: string }>> {
    const { rows } = await this.#client.execute(
      `SELECT email, document FROM ${this.#table} WHERE id = ?`,
      [id],
      { prepare: true },
    );
    const found: Record<string, { text: string | undefined; version: string }> = {};
    for (const column of Object.keys(FORMS))
      found[column] = await this.#open(column, rows[0]!.get(column) as string | Buffer);
    return found;
  }

  async #open(column: string, stored: string | Buffer) {
    const bytes = Buffer.from(stored as string);
    for (const key of this.#keys) {
      const isText = FORMS[column] === "text" && key.writes === "binary";
      const ciphertext = isText ? Buffer.from(bytes.toString("latin1"), "base64") : bytes;
      if (key.identify?.(ciphertext) === "foreign") continue;
      const cell = { ciphertext, form: FORMS[column]!, context: this.#context(column) };
      const [opened] = await key.decrypt([cell], NEVER);
      if (opened && "plaintext" in opened)
        return { text: Buffer.from(opened.plaintext).toString(), version: key.version };
    }
    return { text: undefined, version: "none" };
  }

  #context(column: string) {
    // No template of these tests binds cells to their row.
    return { keyspace: this.#keyspace, table: this.#name, column, primaryKey: [] };
  }
}
