import { encodeKey } from "@cassandra-rekey/core";
import type { MemoryTable, SeededRandom, VirtualTime } from "@cassandra-rekey/testkit";
import { key } from "./simulated-world.ts";
import { sealedBy, unsealed } from "./test-keys.ts";

interface Truth {
  readonly timestamp: bigint;
  /** `undefined`: deleted. */
  readonly plaintext: string | undefined;
  readonly expiresAt: number | undefined;
}

const COLUMNS = ["email", "phone"] as const;
const NOTHING: Truth = { timestamp: 0n, plaintext: undefined, expiresAt: undefined };

/**
 * An application that goes on writing while a job runs, and remembers what it wrote: by its own timestamps, whatever
 * the order of arrival, so that what a table should hold is known without asking it.
 */
export class SimulatedApplication {
  /** The key version that it seals with; change it half way. */
  version = "old";
  /** Writes that landed while the job ran. */
  operations = 0;
  readonly #table: MemoryTable;
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #rows: number;
  readonly #truth = new Map<string, Truth>();
  #sealed = 0;

  constructor(table: MemoryTable, time: VirtualTime, random: SeededRandom, rows: number) {
    this.#table = table;
    this.#time = time;
    this.#random = random;
    this.#rows = rows;
  }

  /** Inserts every row, some with a TTL. */
  fill(): void {
    for (let row = 0; row < this.#rows; row += 1) {
      const ttl = row % 7 === 0 ? 600 + row : 0;
      this.#set(row, COLUMNS, this.#table.stamp(), ttl, true);
    }
  }

  /** Does `count` random things, `everyMs` apart, some of which are under way for up to `underWayMs`. */
  keepWriting(count: number, everyMs: number, underWayMs: number): void {
    for (let n = 0; n < count; n += 1) this.#time.after(n * everyMs, () => this.#act(underWayMs));
  }

  /**
   * What the table holds that it should not, one line each; empty when nothing was lost and nothing came back.
   * A TTL counts from when the server gets it: requests that are slow by `slackSeconds` may shift an expiry by as many.
   */
  differences(slackSeconds = 0): readonly string[] {
    const now = this.#table.nowSeconds;
    const found: string[] = [];
    for (let row = 0; row < this.#rows; row += 1) {
      const live = this.#table.row(rowKey(row));
      COLUMNS.forEach((column, index) => {
        const truth = this.#truth.get(placeOf(row, column)) ?? NOTHING;
        const gone = truth.expiresAt !== undefined && truth.expiresAt <= now;
        const wanted = gone ? undefined : truth.plaintext;
        const cell = live?.cells[index];
        const plaintext = cell && unsealed(cell.value).plaintext;
        if (plaintext !== wanted)
          found.push(`${row}.${column}: ${plaintext ?? "null"}, not ${wanted ?? "null"}`);
        else if (cell)
          found.push(...this.#stampDifferences(row, column, cell.writetime, truth, slackSeconds));
      });
    }
    return found;
  }

  /** How many live cells are under each key version. */
  census(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const row of this.#table.rows()) {
      for (const cell of row.cells) {
        if (!cell) continue;
        const { version } = unsealed(cell.value);
        counts[version] = (counts[version] ?? 0) + 1;
      }
    }
    return counts;
  }

  #stampDifferences(
    row: number,
    column: string,
    writetime: bigint,
    truth: Truth,
    slackSeconds: number,
  ): string[] {
    const found: string[] = [];
    const shift = writetime - truth.timestamp;
    if (shift !== 0n && shift !== 1n) found.push(`${row}.${column}: writetime is off by ${shift} µs`);
    const expiry = this.#table.expiry(rowKey(row), column);
    const shifted = Math.abs((expiry ?? 0) - (truth.expiresAt ?? 0));
    if ((expiry === undefined) !== (truth.expiresAt === undefined) || shifted > slackSeconds)
      found.push(`${row}.${column}: expires at ${expiry}, not ${truth.expiresAt}`);
    return found;
  }

  #act(underWayMs: number): void {
    const row = this.#random.integer(this.#rows);
    // Two writes of one application, a microsecond apart, may well land in the wrong order.
    const first = this.#table.stamp();
    const second = this.#table.stamp();
    const late = this.#random.fraction() < 0.3 ? this.#random.integer(underWayMs) : 0;
    const choice = this.#random.integer(10);
    if (choice < 5) {
      this.#set(row, [COLUMNS[this.#random.integer(2)]!], first, 0, false);
      this.#later(late, () => this.#set(row, [COLUMNS[this.#random.integer(2)]!], second, 0, false));
    } else if (choice < 6) {
      this.#set(row, COLUMNS, first, 60 + this.#random.integer(60), true);
    } else if (choice < 8) {
      this.#later(late, () => this.#delete(row, second));
    } else {
      this.#set(row, COLUMNS, first, 0, true);
    }
  }

  #later(ms: number, act: () => void): void {
    if (ms === 0) act();
    else this.#time.after(ms, act);
  }

  #set(row: number, columns: readonly string[], timestamp: bigint, ttl: number, insert: boolean): void {
    this.operations += 1;
    const expiresAt = ttl > 0 ? this.#table.nowSeconds + ttl : undefined;
    const values: Record<string, Uint8Array> = {};
    for (const column of columns) {
      this.#sealed += 1;
      const plaintext = `${row}.${column}.${this.#sealed}`;
      values[column] = sealedBy(this.version, plaintext);
      this.#remember(row, column, { timestamp, plaintext, expiresAt });
    }
    if (insert) this.#table.insert(rowKey(row), values, { timestamp, ttl });
    else this.#table.update(rowKey(row), values, { timestamp, ttl });
  }

  #delete(row: number, timestamp: bigint): void {
    this.operations += 1;
    for (const column of COLUMNS) this.#remember(row, column, { ...NOTHING, timestamp });
    this.#table.deleteRow(rowKey(row), { timestamp });
  }

  #remember(row: number, column: string, truth: Truth): void {
    const before = this.#truth.get(placeOf(row, column));
    if (!before || truth.timestamp > before.timestamp) this.#truth.set(placeOf(row, column), truth);
  }
}

function rowKey(row: number): Uint8Array[] {
  return key(`p${row % 40}`, `c${row}`);
}

function placeOf(row: number, column: string): string {
  return `${encodeKey(rowKey(row))}/${column}`;
}
