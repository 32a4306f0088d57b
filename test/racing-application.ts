import type { EncryptionKey } from "@cassandra-rekey/core";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import { fernetKey } from "@cassandra-rekey/provider-fernet";
import cassandra, { type Client } from "cassandra-driver";

const context = { keyspace: "race", table: "race", column: "secret", primaryKey: [] };
const never = new AbortController().signal;

/** When one write of the application was under way, by `performance.now()`. */
export interface Operation {
  readonly id: number;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** What a look at every row shows. */
export interface Damage {
  readonly lostUpdates: number;
  readonly resurrected: number;
  readonly oldKeyRows: number;
}

/** How the application writes: plainly, or by lightweight transactions. */
export type WriteStyle = "plain" | "lwt";

const WRITERS = 4;
/** Every fourth write is a delete, until half of the rows are gone: writers that find no row left would never yield. */
const DELETES = 0.25;
const MOST_DELETED = 0.5;
const LOADERS = 32;

interface Attack {
  readonly id: number;
  readonly done: () => void;
}

/**
 * An application that updates and deletes rows of one table and can tell afterwards whether each row holds what was
 * acknowledged last. It writes with the new key: rows that it is pointed at first, else rows at random.
 */
export class RacingApplication {
  readonly operations: Operation[] = [];
  readonly #client: Client;
  readonly #table: string;
  readonly #oldKey: EncryptionKey;
  readonly #newKey: EncryptionKey;
  readonly #style: WriteStyle;
  /** Plaintext by row; `undefined` once the row is deleted. */
  readonly #expected: (string | undefined)[];
  readonly #busy = new Set<number>();
  #deleted = 0;
  readonly #attacks: Attack[] = [];
  #working: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(
    client: Client,
    parts: {
      readonly table: string;
      readonly rows: number;
      readonly keys: { readonly target: string; readonly previous: string };
      readonly style?: WriteStyle;
    },
  ) {
    this.#client = client;
    this.#table = parts.table;
    this.#style = parts.style ?? "plain";
    const key = (text: string, version: string) =>
      fernetKey(text, { version, clock: systemClock, random: systemRandom });
    this.#oldKey = key(parts.keys.previous, "v1");
    this.#newKey = key(parts.keys.target, "v2");
    this.#expected = Array.from({ length: parts.rows }, (_, id) => `first ${id}`);
  }

  /** Makes the table and fills it under the old key, dated an hour ago. */
  async load(): Promise<void> {
    await this.#client.execute(`CREATE TABLE ${this.#table} (id int PRIMARY KEY, secret text, note text)`);
    const tokens = await seal(this.#oldKey, this.#expected as string[]);
    const writtenAt = BigInt(Date.now() - 3_600_000) * 1000n;
    let next = 0;
    const load = async () => {
      for (let id = next++; id < tokens.length; id = next++) {
        await this.#client.execute(
          `INSERT INTO ${this.#table} (id, secret, note) VALUES (?, ?, 'a note') USING TIMESTAMP ?`,
          [id, tokens[id], cassandra.types.Long.fromString(String(writtenAt + BigInt(id)))],
          { prepare: true },
        );
      }
    };
    await Promise.all(Array.from({ length: LOADERS }, load));
  }

  start(): void {
    this.#working = Promise.all(Array.from({ length: WRITERS }, () => this.#work()));
  }

  /** Resolves when the application has written or deleted the row, or cannot because it is deleted already. */
  attack(id: number): Promise<void> {
    return new Promise((done) => this.#attacks.push({ id, done }));
  }

  /** Rejects when any write failed: such a run proves nothing. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
  }

  async inspect(): Promise<Damage> {
    let lostUpdates = 0;
    let resurrected = 0;
    let oldKeyRows = 0;
    const seen = new Set<number>();
    const found = await this.#client.execute(`SELECT id, secret FROM ${this.#table}`, [], {
      fetchSize: 2_000,
    });
    for await (const row of found) {
      const id = row.get("id") as number;
      const token = Buffer.from(row.get("secret") as string);
      seen.add(id);
      const underNew = await open(this.#newKey, token);
      if (underNew === undefined) oldKeyRows += 1;
      const text = underNew ?? (await open(this.#oldKey, token));
      if (this.#expected[id] === undefined) resurrected += 1;
      else if (text !== this.#expected[id]) lostUpdates += 1;
    }
    this.#expected.forEach((text, id) => {
      if (text !== undefined && !seen.has(id)) lostUpdates += 1;
    });
    return { lostUpdates, resurrected, oldKeyRows };
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      const attack = this.#attacks.shift();
      const id = attack?.id ?? Math.floor(Math.random() * this.#expected.length);
      // One writer a row: two at once would leave open which of them was last.
      if (!this.#busy.has(id) && this.#expected[id] !== undefined) await this.#write(id);
      attack?.done();
    }
    for (const attack of this.#attacks.splice(0)) attack.done();
  }

  async #write(id: number): Promise<void> {
    this.#busy.add(id);
    try {
      const startedMs = performance.now();
      const mayDelete = this.#deleted < this.#expected.length * MOST_DELETED;
      if (mayDelete && Math.random() < DELETES) await this.#delete(id);
      else await this.#update(id, `update ${startedMs}`);
      this.operations.push({ id, startedMs, endedMs: performance.now() });
    } finally {
      this.#busy.delete(id);
    }
  }

  async #update(id: number, text: string): Promise<void> {
    const [token] = await seal(this.#newKey, [text]);
    const condition = this.#style === "lwt" ? " IF EXISTS" : "";
    await this.#client.execute(`UPDATE ${this.#table} SET secret = ? WHERE id = ?${condition}`, [token, id], {
      prepare: true,
    });
    this.#expected[id] = text;
  }

  async #delete(id: number): Promise<void> {
    const condition = this.#style === "lwt" ? " IF EXISTS" : "";
    this.#deleted += 1;
    await this.#client.execute(`DELETE FROM ${this.#table} WHERE id = ?${condition}`, [id], {
      prepare: true,
    });
    this.#expected[id] = undefined;
  }
}

async function seal(key: EncryptionKey, texts: readonly string[]): Promise<readonly string[]> {
  const cells = texts.map((text) => ({ plaintext: Buffer.from(text), form: "text" as const, context }));
  return (await key.encrypt(cells, never)).map((token) => Buffer.from(token).toString("latin1"));
}

async function open(key: EncryptionKey, token: Buffer): Promise<string | undefined> {
  const [opened] = await key.decrypt([{ ciphertext: token, form: "text", context }], never);
  return opened && "plaintext" in opened ? Buffer.from(opened.plaintext).toString() : undefined;
}
