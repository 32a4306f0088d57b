import { isRekeyError, type Random } from "@cassandra-rekey/core";
import type {
  ReplicatedCluster,
  Statement,
  StoredChange,
  VirtualTime,
} from "../../packages/testkit/src/index.ts";
import type { Encounters } from "./encounters.ts";
import type { Operation, Scenario, Seed } from "./scenario.ts";
import { sealedBy } from "./simulated-key.ts";
import type { Exactness, KnownChange, Truth } from "./truth.ts";

/** The largest writetime there is. */
const LARGEST = 2n ** 63n - 1n;
/** Rows in one partition. */
const ROWS_A_PARTITION = 2;
const TABLE_COLUMNS = ["email", "phone"] as const;

/** What the application works with. */
export interface ApplicationParts {
  readonly cluster: ReplicatedCluster;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly truth: Truth;
  readonly encounters: Encounters;
  readonly exactness: () => Exactness;
  readonly violated: (what: string) => void;
}

/** Writes, deletes and reads beside the job, and checks what it reads against all that it ever wrote. */
export class Application {
  readonly #parts: ApplicationParts;
  #startedMs = 0;
  #sealed = 0;
  #lastStamp = 0n;
  #underWay = 0;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
  }

  /** Operations that are not over. */
  get underWay(): number {
    return this.#underWay;
  }

  /** The rows that the table has before the job. */
  fill(): void {
    this.#parts.scenario.rows.forEach((seed, row) => {
      for (const statement of this.#seedStatements(seed, row)) this.#load(row, statement);
    });
  }

  /** Does everything that the scenario says, each thing in its time. */
  start(): void {
    this.#startedMs = this.#parts.time.nowMs;
    for (const operation of this.#parts.scenario.operations) {
      this.#underWay += 1;
      this.#parts.time.after(operation.atMs, () => {
        void this.#act(operation).finally(() => {
          this.#underWay -= 1;
        });
      });
    }
  }

  /** Every row that there may be. */
  keys(): readonly (readonly Uint8Array[])[] {
    return Array.from({ length: 14 }, (_, row) => rowKey(row));
  }

  async #act(operation: Operation): Promise<void> {
    if (operation.kind === "read") return this.#read(operation.row);
    const statements = this.#statements(operation);
    await Promise.all(
      statements.map(({ statement, travelMs }) => this.#write(operation.row, statement, travelMs)),
    );
  }

  async #write(row: number, statement: Statement, travelMs: number): Promise<void> {
    const { cluster, time, truth, encounters } = this.#parts;
    let known: readonly KnownChange[] = [];
    const remember = (change: StoredChange) => {
      const keys = statement.kind === "deletePartition" ? partitionOf(row) : [rowKey(row)];
      known = keys.map((key) => truth.add(key, { ...change, key }));
    };
    try {
      await cluster.execute(statement, remember, travelMs);
      for (const change of known) {
        if (change.state === "under way") change.state = "acknowledged";
        change.acknowledgedMs = time.nowMs;
      }
    } catch (error) {
      if (!isRekeyError(error)) throw error;
      for (const change of known) change.state = "unknown";
      if (known.length > 0) encounters.meet("application write of unknown outcome");
    }
  }

  async #read(row: number): Promise<void> {
    const { cluster, truth, encounters, exactness, violated } = this.#parts;
    const key = rowKey(row);
    const certain = truth.of(key).filter(({ state }) => state === "acknowledged");
    const { truncations } = truth;
    try {
      const { row: seen, nowSeconds } = await cluster.query(key);
      if (truth.truncations !== truncations) return;
      encounters.meet("read by the application");
      const wrong = truth.judge(key, seen, nowSeconds, exactness(), certain);
      if (wrong !== undefined) violated(`a read of row ${row} during the job: ${wrong}`);
    } catch (error) {
      if (!isRekeyError(error)) throw error;
    }
  }

  #statements({
    kind,
    row,
    ttl,
    travelMs,
    stamped,
  }: Operation): { statement: Statement; travelMs: number }[] {
    const key = rowKey(row);
    const first = this.#stamp();
    const own = stamped ? { timestamp: first } : {};
    const once = (statement: Statement) => [{ statement, travelMs }];
    const set = (columns: readonly string[], more: object = own): Statement => ({
      kind: "update",
      key,
      values: this.#values(row, columns),
      ttl: 0,
      ...more,
    });
    const insert = (seconds: number): Statement =>
      ({ ...set(TABLE_COLUMNS), kind: "insert", ttl: seconds }) as Statement;
    switch (kind) {
      case "set email":
        return once(set(["email"]));
      case "set both":
        return once(set(TABLE_COLUMNS));
      case "insert":
        return once(insert(0));
      case "insert expiring":
        return once(insert(ttl));
      case "set expiring":
        return once(set(["phone"], { ...own, ttl }));
      case "delete email":
        return once({ kind: "update", key, values: { email: null }, ...own });
      case "delete row":
        return once({ kind: "deleteRow", key, ...own });
      case "delete partition":
        return once({ kind: "deletePartition", key, ...own });
      case "two a microsecond apart":
        return [
          { statement: set(["email"], { timestamp: first }), travelMs: 0 },
          { statement: set(["email"], { timestamp: first + 1n }), travelMs },
        ];
      case "set and delete a microsecond apart":
        return [
          { statement: set(TABLE_COLUMNS, { timestamp: first }), travelMs: 0 },
          { statement: { kind: "deleteRow", key, timestamp: first + 1n }, travelMs },
        ];
      default:
        return [
          { statement: set(["email"], { timestamp: first }), travelMs: 0 },
          { statement: set(["email"], { timestamp: first }), travelMs },
        ];
    }
  }

  /** A timestamp of the application's own clock: no two are less than two microseconds apart. */
  #stamp(): bigint {
    const { time, scenario } = this.#parts;
    const now = BigInt(Math.floor(time.utcMs + scenario.applicationAheadMs)) * 1000n;
    this.#lastStamp = now > this.#lastStamp + 1n ? now : this.#lastStamp + 2n;
    return this.#lastStamp;
  }

  #values(row: number, columns: readonly string[], version = this.#version()): Record<string, Uint8Array> {
    const values: Record<string, Uint8Array> = {};
    for (const column of columns) {
      this.#sealed += 1;
      values[column] = sealedBy(version, this.#sealed, `${row}.${column}.${this.#sealed}`);
    }
    if (this.#parts.scenario.label && columns.length > 1) values["key_version"] = Buffer.from(version);
    return values;
  }

  #version(): "old" | "new" {
    const { time, scenario } = this.#parts;
    return time.nowMs - this.#startedMs >= scenario.switchMs ? "new" : "old";
  }

  #load(row: number, statement: Statement): void {
    const { cluster, time, truth } = this.#parts;
    const known = truth.add(rowKey(row), cluster.load(statement));
    known.state = "acknowledged";
    known.acknowledgedMs = time.nowMs - 60_000;
  }

  #seedStatements({ kind, ttl }: Seed, row: number): Statement[] {
    const key = rowKey(row);
    const ageMicros = kind === "young" ? 3_000_000n : 60_000_000n;
    const timestamp = BigInt(this.#parts.time.utcMs) * 1000n - ageMicros + BigInt(row);
    const values = (version: "old" | "new" | "garbage") => this.#values(row, TABLE_COLUMNS, version as "old");
    const insert = (more: object = {}): Statement[] => [
      { kind: "insert", key, values: values("old"), timestamp, ttl: 0, ...more },
    ];
    switch (kind) {
      case "updated":
        return [{ kind: "update", key, values: values("old"), timestamp, ttl: 0 }];
      case "email only":
        return [{ kind: "update", key, values: this.#values(row, ["email"], "old"), timestamp, ttl: 0 }];
      case "expiring":
        return insert({ ttl });
      case "expiring email":
        return [
          ...insert({ values: this.#values(row, ["phone"], "old") }),
          {
            kind: "update",
            key,
            values: this.#values(row, ["email"], "old"),
            timestamp: timestamp + 5n,
            ttl,
          },
        ];
      case "target":
        return insert({ values: values("new") });
      case "garbage":
        return insert({ values: values("garbage") });
      case "largest writetime":
        return [
          ...insert(),
          { kind: "update", key, values: this.#values(row, ["phone"], "old"), timestamp: LARGEST, ttl: 0 },
        ];
      case "dated ahead":
        return insert({ timestamp: timestamp + 3_600_000_000n });
      default:
        return insert();
    }
  }
}

function rowKey(row: number): readonly Uint8Array[] {
  return [Uint8Array.of(Math.floor(row / ROWS_A_PARTITION)), Uint8Array.of(row)];
}

function partitionOf(row: number): readonly (readonly Uint8Array[])[] {
  const first = row - (row % ROWS_A_PARTITION);
  return Array.from({ length: ROWS_A_PARTITION }, (_, index) => rowKey(first + index));
}
