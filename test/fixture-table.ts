import { randomBytes } from "node:crypto";
import type { EncryptionKey } from "@cassandra-rekey/core";
import { systemClock, systemRandom } from "@cassandra-rekey/engine";
import type { CassandraAddress } from "@cassandra-rekey/local-cassandra/shared";
import { fernetKey } from "@cassandra-rekey/provider-fernet";
import cassandra, { type Client } from "cassandra-driver";

/** What one encrypted cell was seeded with. */
interface SeededCell {
  readonly plaintext: string;
  /** Microseconds. */
  readonly writetime: bigint;
  /** Second of the epoch at which the server lets it expire. */
  expiresAt: number | undefined;
}

/** A seeded row: its primary key and its encrypted cells by column; `null` where nothing was written. */
export interface SeededRow {
  readonly key: readonly [region: string, account: cassandra.types.Uuid, entry: number];
  readonly cells: Readonly<Record<EncryptedColumn, SeededCell | null>>;
}

/** A table of encrypted rows, and what is in it. */
export interface FixtureTable {
  readonly keyspace: string;
  readonly name: string;
  readonly rows: readonly SeededRow[];
  /** Cells that hold a ciphertext. */
  readonly cells: number;
}

/** How a table is seeded. */
export interface SeedOptions {
  /** Text of the Fernet key that the cells are encrypted with. */
  readonly key: string;
  readonly rows?: number;
  readonly name?: string;
  /** What follows `WITH` in CREATE TABLE, for example `cdc = true`. */
  readonly tableOptions?: string;
  /** How long ago the cells were written, milliseconds; an hour when left out. */
  readonly ageMs?: number;
}

/** What {@link checkAll} expects. */
export interface CheckOptions {
  /** Text of the Fernet key that every cell must be under. */
  readonly key: string;
  /** Microseconds by which a writetime may be later than it was: 0 for untouched, 1 (when left out) for rekeyed, 2 for rolled back. */
  readonly writetimeShift?: 0 | 1 | 2;
}

type EncryptedColumn = (typeof COLUMNS)[number];

const COLUMNS = ["email", "document"] as const;
const KEY = ["region", "account", "entry"] as const;
const LIVES_SECONDS = 86_400;
const INSERTS_IN_FLIGHT = 32;
const CONTEXT = { keyspace: "fixture", table: "fixture", column: "fixture", primaryKey: [] };
const NEVER = new AbortController().signal;

/** A new Fernet key as text. */
export function newFernetKey(): string {
  return `${randomBytes(32).toString("base64url")}=`;
}

/** Opens a key from its text. */
export function openFernetKey(text: string, version = "v1"): EncryptionKey {
  return fernetKey(text, { version, clock: systemClock, random: systemRandom });
}

/** Tokens for the texts. */
export async function seal(key: EncryptionKey, texts: readonly string[]): Promise<readonly Buffer[]> {
  const cells = texts.map((text) => ({
    plaintext: Buffer.from(text),
    form: "binary" as const,
    context: CONTEXT,
  }));
  return (await key.encrypt(cells, NEVER)).map((token) => Buffer.from(token));
}

/** The text of a token, or `undefined` when the key does not open it. */
export async function open(key: EncryptionKey, token: Buffer): Promise<string | undefined> {
  const [opened] = await key.decrypt([{ ciphertext: token, form: "binary", context: CONTEXT }], NEVER);
  return opened && "plaintext" in opened ? Buffer.from(opened.plaintext).toString() : undefined;
}

/** The second that the server's clock shows. */
export async function serverSecond(client: Client): Promise<number> {
  const { rows } = await client.execute("SELECT toUnixTimestamp(now()) AS now FROM system.local");
  return Math.floor(Number(rows[0]!.get("now")) / 1000);
}

/**
 * Creates and fills a table whose partition key `(region, account)` is not in alphabetical order. Every fifth row lives
 * for a day, every seventh has no document, and every third has a document that was written later than the rest of
 * its row and with another TTL.
 */
export async function seed(client: Client, keyspace: string, options: SeedOptions): Promise<FixtureTable> {
  const { key, rows: count = 200, name = "people", tableOptions, ageMs = 3_600_000 } = options;
  const table = `${keyspace}.${name}`;
  await client.execute(
    `CREATE TABLE ${table} (region text, account uuid, entry int, email text, document blob, nickname text,
      PRIMARY KEY ((region, account), entry))${tableOptions === undefined ? "" : ` WITH ${tableOptions}`}`,
  );
  const base = BigInt(Date.now() - ageMs) * 1000n;
  const rows = Array.from({ length: count }, (_, index) => seededRow(index, base));
  const fernet = openFernetKey(key);
  const write = async (queue: SeededRow[]) => {
    for (let row = queue.pop(); row; row = queue.pop()) {
      for (const column of COLUMNS) {
        const cell = row.cells[column];
        if (!cell) continue;
        const [token] = await seal(fernet, [cell.plaintext]);
        await client.execute(
          // The first column brings the row itself along, as an application's insert does.
          `INSERT INTO ${table} (${KEY.join(", ")}, nickname, ${column}) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`,
          [
            ...row.key,
            "visible to all",
            column === "document" ? token : token!.toString("latin1"),
            cassandra.types.Long.fromString(String(cell.writetime)),
            cell.expiresAt === undefined ? 0 : LIVES_SECONDS,
          ],
          { prepare: true },
        );
      }
    }
  };
  const queue = [...rows];
  await Promise.all(Array.from({ length: INSERTS_IN_FLIGHT }, () => write(queue)));
  const fixture = {
    keyspace,
    name,
    rows,
    cells: rows.reduce((sum, { cells }) => sum + COLUMNS.filter((column) => cells[column]).length, 0),
  };
  const found = await readBack(client, fixture);
  for (const row of rows) {
    for (const column of COLUMNS) {
      const cell = row.cells[column];
      if (cell?.expiresAt !== undefined) cell.expiresAt = found.get(idOf(row.key))![column].expiresAt;
    }
  }
  return fixture;
}

/**
 * Reads the whole table and says what is not as it was seeded: a lost or a new row, another plaintext, a cell that
 * `key` does not open, a writetime that moved too far, another second of expiry (to one second: a time to live
 * that is under way across the turn of a second can do no better). Nothing to say is an empty list.
 */
export async function checkAll(
  client: Client,
  fixture: FixtureTable,
  options: CheckOptions,
): Promise<readonly string[]> {
  const { writetimeShift = 1 } = options;
  const fernet = openFernetKey(options.key);
  const found = await readBack(client, fixture);
  const wrong: string[] = [];
  for (const row of fixture.rows) {
    const id = idOf(row.key);
    const live = found.get(id);
    found.delete(id);
    if (!live) {
      wrong.push(`row ${id} is gone`);
      continue;
    }
    for (const column of COLUMNS) {
      const before = row.cells[column];
      const { value, writetime, expiresAt } = live[column];
      const say = (what: string) => wrong.push(`${column} of row ${id} ${what}`);
      if (!before || !value) {
        if (before || value) say(before ? "is gone" : "was not there before");
        continue;
      }
      const plaintext = await open(fernet, value);
      if (plaintext !== before.plaintext)
        say(plaintext === undefined ? "is under another key" : "has another plaintext");
      const shift = writetime! - before.writetime;
      if (shift < 0n || shift > BigInt(writetimeShift)) say(`has a writetime ${shift} µs later`);
      const apart = Math.abs((expiresAt ?? 0) - (before.expiresAt ?? 0));
      if (apart > 1) say(`expires at ${expiresAt ?? "no time"} instead of ${before.expiresAt ?? "no time"}`);
    }
  }
  for (const id of found.keys()) wrong.push(`row ${id} was not there before`);
  return wrong;
}

/** A configuration for the tables, to be changed at will: `{ ...configFor(…), execution: { … } }`. */
export function configFor(address: CassandraAddress, fixtures: readonly FixtureTable[]): FixtureConfig {
  return {
    cluster: clusterConfig({ cluster: address, keyspace: fixtures[0]!.keyspace }),
    provider: { type: "fernet", old_key_env: "REKEY_OLD_KEY", new_key_env: "REKEY_NEW_KEY" },
    tables: fixtures.map(({ keyspace, name }) => ({
      name,
      keyspace,
      partition_key: KEY.slice(0, 2),
      clustering_key: KEY.slice(2),
      encrypted_columns: [...COLUMNS],
      chunks: 8,
    })),
  };
}

/** The `cluster` section of a configuration. */
export function clusterConfig({
  cluster,
  keyspace,
}: {
  readonly cluster: CassandraAddress;
  readonly keyspace: string;
}): Readonly<Record<string, unknown>> {
  const { contactPoints, port, localDc } = cluster;
  return { contact_points: [...contactPoints], port, local_dc: localDc, keyspace };
}

/** What {@link configFor} makes. */
export interface FixtureConfig {
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly provider: Readonly<Record<string, unknown>>;
  readonly tables: readonly Readonly<Record<string, unknown>>[];
}

function seededRow(index: number, base: bigint): SeededRow {
  const writetime = base + BigInt(index) * 7n;
  const mortal = index % 5 === 0;
  const later = index % 3 === 0;
  const cell = (plaintext: string, at: bigint, lives: boolean): SeededCell => ({
    plaintext,
    writetime: at,
    // The server's own second is asked for after the write.
    expiresAt: lives ? 0 : undefined,
  });
  return {
    key: [index % 2 === 0 ? "emea" : "apac", cassandra.types.Uuid.random(), index],
    cells: {
      email: cell(`person${index}@example.com`, writetime, mortal),
      document:
        index % 7 === 0
          ? null
          : cell(`document ${index}`, later ? writetime + 1_000_000n : writetime, later ? !mortal : mortal),
    },
  };
}

interface LiveCell {
  readonly value: Buffer | null;
  readonly writetime: bigint | undefined;
  readonly expiresAt: number | undefined;
}

type LiveRow = Readonly<Record<EncryptedColumn, LiveCell>>;

async function readBack(
  client: Client,
  { keyspace, name }: Pick<FixtureTable, "keyspace" | "name">,
): Promise<Map<string, LiveRow>> {
  const selected = COLUMNS.flatMap((column) => [
    column,
    `WRITETIME(${column}) AS ${column}_at`,
    `TTL(${column}) AS ${column}_ttl`,
  ]);
  const cql = `SELECT ${[...KEY, ...selected].join(", ")} FROM ${keyspace}.${name}`;
  const rows = new Map<string, LiveRow>();
  for await (const { row, second } of rowsInTheirSecond(client, cql)) {
    const live = (column: EncryptedColumn): LiveCell => {
      const value = row.get(column) as string | Buffer | null;
      const at = row.get(`${column}_at`) as cassandra.types.Long | bigint | null;
      const ttl = row.get(`${column}_ttl`) as number | null;
      return {
        value: value === null ? null : Buffer.from(value as string),
        writetime: at === null ? undefined : BigInt(String(at)),
        expiresAt: ttl === null ? undefined : second + ttl,
      };
    };
    rows.set(idOf(KEY.map((column) => row.get(column))), {
      email: live("email"),
      document: live("document"),
    });
  }
  return rows;
}

/**
 * Reads everything page by page, each within one second of the server: no other tells in which second its TTLs were
 * counted.
 */
async function* rowsInTheirSecond(client: Client, cql: string) {
  let pageState: string | undefined;
  do {
    let second: number;
    let page: cassandra.types.ResultSet;
    do {
      second = await serverSecond(client);
      page = await client.execute(cql, [], {
        prepare: true,
        fetchSize: 500,
        ...(pageState && { pageState }),
      });
    } while ((await serverSecond(client)) !== second);
    for (const row of page.rows) yield { row, second };
    pageState = page.pageState ?? undefined;
  } while (pageState !== undefined);
}

function idOf(key: readonly unknown[]): string {
  return key.join("/");
}
