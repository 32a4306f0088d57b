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
import { nameOf, placesOf, rowKey, seenAt, staticKey } from "./rows.ts";
import { INSTEAD, type Operation, OTHER_ROWS, type Scenario } from "./scenario.ts";
import { seedStatements, staticStatements } from "./seeds.ts";
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
      const known =
        scenario.parts || seed.kind !== "with parts" ? seed : { ...seed, kind: "inserted" as const };
      for (const statement of seedStatements(known, row, time.utcMs, this.#writes)) this.#load(statement);
    });
    scenario.statics.forEach((seed, partition) => {
      const statements = staticStatements(seed, partition, time.utcMs, this.#writes);
      for (const statement of statements) this.#load(statement);
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

  async #act(drawn: Operation): Promise<void> {
    const { scenario } = this.#parts;
    const hasStatics = scenario.statics.length > 0;
    const isMissing = drawn.kind.includes("static") ? !hasStatics : !scenario.parts;
    const kind = (isMissing ? INSTEAD[drawn.kind] : undefined) ?? drawn.kind;
    const row = drawn.row < OTHER_ROWS ? drawn.row % scenario.rows.length : drawn.row;
    const operation = { ...drawn, kind, row };
    if (kind === "read") {
      await this.#read(rowKey(row), "QUORUM");
      if (hasStatics) await this.#read(staticKey(row), "QUORUM");
    } else if (scenario.mode === "lwt") {
      await Promise.all(this.#writes.conditional(operation).map((list) => this.#transact(list)));
    } else {
      await Promise.all(this.#writes.plain(operation).map((write) => this.#write(write)));
    }
  }

  async #write({ statement, travelMs }: PlainWrite): Promise<void> {
    const { cluster, time, truth, encounters } = this.#parts;
    let known: readonly KnownChange[] = [];
    const remember = (change: StoredChange) => {
      const keys = statement.kind === "deletePartition" ? placesOf(statement.key) : [statement.key];
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

  async #transact(writes: readonly ConditionalWrite[]): Promise<void> {
    const { encounters } = this.#parts;
    try {
      for (const { statement, condition: wanted, travelMs } of writes) {
        const condition = wanted === "as it was read" ? await this.#asItIs(statement) : wanted;
        if (!(await this.#tryTransaction(statement, condition, travelMs))) return;
        encounters.meet("transaction of the application that lost");
      }
    } catch (error) {
      if (!isRekeyError(error)) throw error;
    }
  }

  /** Tells whether it lost, so that something else can be tried. */
  async #tryTransaction(statement: Statement, condition: Condition, travelMs: number): Promise<boolean> {
    const { cluster, time, truth, encounters } = this.#parts;
    let known: KnownChange | undefined;
    let hasGivenUp = false;
    const remember = (change: StoredChange) => {
      if (known) known.change = change;
      else known = truth.add(statement.key, change);
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
  async #asItIs(statement: Statement): Promise<Condition> {
    const seen = await this.#read(statement.key, "SERIAL");
    const written = "values" in statement ? Object.keys(statement.values) : [];
    return Object.fromEntries(written.map((place) => [place, seenAt(seen, place)?.value ?? null]));
  }

  async #read(key: readonly Uint8Array[], consistency: string): Promise<Row | undefined> {
    const { cluster, truth, encounters, exactness, violated } = this.#parts;
    const certain = truth.of(key).filter(({ state }) => state === "acknowledged");
    const { truncations } = truth;
    try {
      const { row: seen, nowSeconds } = await cluster.query(key, consistency);
      if (truth.truncations !== truncations) return seen;
      encounters.meet("read by the application");
      const wrong = truth.judge(key, seen, nowSeconds, exactness(), certain);
      if (wrong !== undefined) violated(`a read of ${nameOf(key)} during the job: ${wrong}`);
      return seen;
    } catch (error) {
      if (!isRekeyError(error) || consistency === "SERIAL") throw error;
      return undefined;
    }
  }

  #load(statement: Statement): void {
    const { cluster, time, truth } = this.#parts;
    const known = truth.add(statement.key, cluster.load(statement));
    known.state = "acknowledged";
    known.acknowledgedMs = time.nowMs - 60_000;
  }
}
