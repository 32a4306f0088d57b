import { isRekeyError, type Row } from "@cassandra-rekey/core";
import type {
  Condition,
  ReplicatedCluster,
  Statement,
  StoredChange,
  VirtualTime,
} from "../../packages/testkit/src/index.ts";
import { ApplicationWrites, type ConditionalWrite, type PlainWrite } from "./application-writes.ts";
import type { Encounters } from "./encounters.ts";
import { partitionOf, rowKey } from "./rows.ts";
import type { Operation, Scenario } from "./scenario.ts";
import { seedStatements } from "./seeds.ts";
import type { Exactness, KnownChange, Truth } from "./truth.ts";

/** What the application works with. */
export interface ApplicationParts {
  readonly cluster: ReplicatedCluster;
  readonly time: VirtualTime;
  readonly scenario: Scenario;
  readonly truth: Truth;
  readonly encounters: Encounters;
  readonly exactness: () => Exactness;
  readonly violated: (what: string) => void;
}

/** Writes, deletes and reads beside the job, and checks what it reads against all that it ever wrote. */
export class Application {
  readonly #parts: ApplicationParts;
  readonly #writes: ApplicationWrites;
  #underWay = 0;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
    this.#writes = new ApplicationWrites(parts.scenario, parts.time);
  }

  /** Operations that are not over. */
  get underWay(): number {
    return this.#underWay;
  }

  /** The rows that the table has before the job. */
  fill(): void {
    const { scenario, time } = this.#parts;
    scenario.rows.forEach((seed, row) => {
      for (const statement of seedStatements(seed, row, time.utcMs, this.#writes)) this.#load(row, statement);
    });
  }

  /** Does everything that the scenario says, each thing in its time. */
  start(): void {
    this.#writes.start();
    for (const operation of this.#parts.scenario.operations) {
      this.#underWay += 1;
      this.#parts.time.after(operation.atMs, () => {
        void this.#act(operation).finally(() => {
          this.#underWay -= 1;
        });
      });
    }
  }

  async #act(operation: Operation): Promise<void> {
    const { kind, row } = operation;
    if (kind === "read") {
      await this.#read(row, "QUORUM");
    } else if (this.#parts.scenario.mode === "lwt") {
      await Promise.all(this.#writes.conditional(operation).map((list) => this.#transact(row, list)));
    } else {
      await Promise.all(this.#writes.plain(operation).map((write) => this.#write(row, write)));
    }
  }

  async #write(row: number, { statement, travelMs }: PlainWrite): Promise<void> {
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

  async #transact(row: number, writes: readonly ConditionalWrite[]): Promise<void> {
    const { encounters } = this.#parts;
    try {
      for (const { statement, condition: wanted, travelMs } of writes) {
        const condition = wanted === "as it was read" ? await this.#asItIs(row, statement) : wanted;
        if (!(await this.#tryTransaction(row, statement, condition, travelMs))) return;
        encounters.meet("transaction of the application that lost");
      }
    } catch (error) {
      if (!isRekeyError(error)) throw error;
    }
  }

  /** Tells whether it lost, so that something else can be tried. */
  async #tryTransaction(
    row: number,
    statement: Statement,
    condition: Condition,
    travelMs: number,
  ): Promise<boolean> {
    const { cluster, time, truth, encounters } = this.#parts;
    let known: KnownChange | undefined;
    let hasGivenUp = false;
    const remember = (change: StoredChange) => {
      if (known) known.change = change;
      else known = truth.add(rowKey(row), change);
      // Whoever comes next on the partition brings it to its end.
      if (hasGivenUp) known.state = "unknown";
    };
    const outcome = await cluster.transact(statement, condition, remember, travelMs);
    if (outcome === "applied") {
      if (known!.state === "under way") known!.state = "acknowledged";
      known!.acknowledgedMs = time.nowMs;
    } else if (outcome === "unknown") {
      hasGivenUp = true;
      if (known) known.state = "unknown";
      encounters.meet("application write of unknown outcome");
    }
    return outcome === "lost";
  }

  /** What a transaction that changes what was read is bound to: nobody else has changed it since. */
  async #asItIs(row: number, statement: Statement): Promise<Condition> {
    const seen = await this.#read(row, "SERIAL");
    const { columns } = this.#parts.cluster.shape;
    const written = "values" in statement ? Object.keys(statement.values) : [];
    const value = (column: string) => seen?.cells[columns.findIndex(({ name }) => name === column)]?.value;
    return Object.fromEntries(written.map((column) => [column, value(column) ?? null]));
  }

  async #read(row: number, consistency: string): Promise<Row | undefined> {
    const { cluster, truth, encounters, exactness, violated } = this.#parts;
    const key = rowKey(row);
    const certain = truth.of(key).filter(({ state }) => state === "acknowledged");
    const { truncations } = truth;
    try {
      const { row: seen, nowSeconds } = await cluster.query(key, consistency);
      if (truth.truncations !== truncations) return seen;
      encounters.meet("read by the application");
      const wrong = truth.judge(key, seen, nowSeconds, exactness(), certain);
      if (wrong !== undefined) violated(`a read of row ${row} during the job: ${wrong}`);
      return seen;
    } catch (error) {
      if (!isRekeyError(error) || consistency === "SERIAL") throw error;
      return undefined;
    }
  }

  #load(row: number, statement: Statement): void {
    const { cluster, time, truth } = this.#parts;
    const known = truth.add(rowKey(row), cluster.load(statement));
    known.state = "acknowledged";
    known.acknowledgedMs = time.nowMs - 60_000;
  }
}
