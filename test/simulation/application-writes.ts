import type { Condition, Statement, VirtualTime } from "../../packages/testkit/src/index.ts";
import { columnOf } from "../../packages/testkit/src/simulation/cell-place.ts";
import { ROW_COLUMNS, rowKey, STATIC_COLUMN, staticKey } from "./rows.ts";
import type { Operation, Scenario } from "./scenario.ts";
import { sealedBy } from "./simulated-key.ts";

/** One statement on its way. */
export interface PlainWrite {
  readonly statement: Statement;
  readonly travelMs: number;
}

/** One lightweight transaction; `"as it was read"`: what the statement sets is still what the application reads first. */
export interface ConditionalWrite extends PlainWrite {
  readonly condition: Condition | "as it was read";
}

/** Makes statements of operations, with new ciphertexts under the key of the day. */
export class ApplicationWrites {
  readonly #scenario: Scenario;
  readonly #time: VirtualTime;
  #startedMs = 0;
  #sealed = 0;
  #lastStamp = 0n;

  constructor(scenario: Scenario, time: VirtualTime) {
    this.#scenario = scenario;
    this.#time = time;
  }

  /** The key changes so long after this. */
  start(): void {
    this.#startedMs = this.#time.nowMs;
  }

  /** An operation as statements that are sent at once. */
  plain({ kind, row, part, ttl, travelMs, stamped }: Operation): readonly PlainWrite[] {
    const key = rowKey(row);
    const first = this.#stamp();
    const own = stamped ? { timestamp: first } : {};
    const once = (statement: Statement) => [{ statement, travelMs }];
    const set = (columns: readonly string[], more: object = own) =>
      this.#set(row, columns, { ttl: 0, ...more });
    switch (kind) {
      case "set email":
        return once(set(["email"]));
      case "set both":
        return once(set(ROW_COLUMNS));
      case "insert":
      case "insert expiring":
        return once(this.#insert(row, { ...own, ttl: kind === "insert" ? 0 : ttl }));
      case "set expiring":
        return once(set(["phone"], { ...own, ttl }));
      case "delete email":
        return once({ kind: "update", key, values: { email: null }, ...own });
      case "delete row":
        return once({ kind: "deleteRow", key, ...own });
      case "delete partition":
        return once({ kind: "deletePartition", key, ...own });
      case "set static":
      case "set static expiring":
        return once(this.#setStatic(row, { ...own, ttl: kind === "set static" ? 0 : ttl }));
      case "delete static":
        return once({ kind: "update", key: staticKey(row), values: { [STATIC_COLUMN]: null }, ...own });
      case "set part":
      case "set part expiring":
        return once(set([part], { ...own, ttl: kind === "set part" ? 0 : ttl }));
      case "delete part":
        return once({ kind: "update", key, values: { [part]: null }, ...own });
      case "overwrite":
        return once(set([part], { ...own, overwrites: [columnOf(part)] }));
      case "two a microsecond apart":
        return [
          { statement: set(["email"], { timestamp: first }), travelMs: 0 },
          { statement: set(["email"], { timestamp: first + 1n }), travelMs },
        ];
      case "set and delete a microsecond apart":
        return [
          { statement: set(ROW_COLUMNS, { timestamp: first }), travelMs: 0 },
          { statement: { kind: "deleteRow", key, timestamp: first + 1n }, travelMs },
        ];
      default:
        return [
          { statement: set(["email"], { timestamp: first }), travelMs: 0 },
          { statement: set(["email"], { timestamp: first }), travelMs },
        ];
    }
  }

  /**
   * An operation as lightweight transactions, those of each list one after the other until one is not lost; the lists at
   * once. The server makes the timestamps, so that what is a tie in plain writes is contention here.
   */
  conditional({ kind, row, part, ttl, travelMs }: Operation): readonly (readonly ConditionalWrite[])[] {
    const key = rowKey(row);
    const once = (statement: Statement, ms = travelMs): readonly ConditionalWrite[] => [
      { statement, condition: "exists", travelMs: ms },
    ];
    const asRead = (statement: Statement, ms = travelMs): readonly ConditionalWrite[] => {
      const write = { statement, condition: "as it was read" as const, travelMs: 0 };
      return [{ ...write, travelMs: ms }, write, write];
    };
    const setEmail = (ms: number) => asRead(this.#set(row, ["email"], { ttl: 0 }), ms);
    const setBoth = (seconds = 0) => this.#set(row, ROW_COLUMNS, { ttl: seconds });
    switch (kind) {
      case "set email":
        return [setEmail(travelMs)];
      case "set both":
        return [once(setBoth())];
      case "insert":
      case "insert expiring": {
        const seconds = kind === "insert" ? 0 : ttl;
        const statement = this.#insert(row, { ttl: seconds });
        return [[{ statement, condition: "does not exist", travelMs }, ...once(setBoth(seconds), 0)]];
      }
      case "set expiring":
        return [once(this.#set(row, ["phone"], { ttl }))];
      case "delete email":
        return [once({ kind: "update", key, values: { email: null } })];
      case "delete row":
      case "delete partition":
        return [once({ kind: "deleteRow", key })];
      case "set static":
      case "set static expiring":
        return [asRead(this.#setStatic(row, { ttl: kind === "set static" ? 0 : ttl }))];
      case "delete static":
        return [asRead({ kind: "update", key: staticKey(row), values: { [STATIC_COLUMN]: null } })];
      case "set part":
      case "set part expiring":
        return [asRead(this.#set(row, [part], { ttl: kind === "set part" ? 0 : ttl }))];
      case "delete part":
        return [once({ kind: "update", key, values: { [part]: null } })];
      case "overwrite":
        return [once(this.#set(row, [part], { ttl: 0, overwrites: [columnOf(part)] }))];
      case "two a microsecond apart":
        return [setEmail(0), setEmail(travelMs)];
      case "set and delete a microsecond apart":
        return [once(setBoth(), 0), once({ kind: "deleteRow", key })];
      default:
        return [once(setBoth(), 0), once(setBoth())];
    }
  }

  /** Ciphertexts of a row; the label says their key where both columns are written. */
  values(
    row: number,
    columns: readonly string[],
    version: string = this.#version(),
  ): Record<string, Uint8Array> {
    const values: Record<string, Uint8Array> = {};
    for (const column of columns) {
      this.#sealed += 1;
      values[column] = sealedBy(version as "old", this.#sealed, `${row}.${column}.${this.#sealed}`);
    }
    if (this.#scenario.label && columns.length > 1) values["key_version"] = Buffer.from(version);
    return values;
  }

  #set(row: number, columns: readonly string[], more: object): Statement {
    return { kind: "update", key: rowKey(row), values: this.values(row, columns), ...more };
  }

  #setStatic(row: number, more: object): Statement {
    return { kind: "update", key: staticKey(row), values: this.values(row, [STATIC_COLUMN]), ...more };
  }

  #insert(row: number, more: object): Statement {
    return { kind: "insert", key: rowKey(row), values: this.values(row, ROW_COLUMNS), ...more };
  }

  /** A timestamp of the application's own clock: no two are less than two microseconds apart. */
  #stamp(): bigint {
    const now = BigInt(Math.floor(this.#time.utcMs + this.#scenario.applicationAheadMs)) * 1000n;
    this.#lastStamp = now > this.#lastStamp + 1n ? now : this.#lastStamp + 2n;
    return this.#lastStamp;
  }

  #version(): "old" | "new" {
    return this.#time.nowMs - this.#startedMs >= this.#scenario.switchMs ? "new" : "old";
  }
}
