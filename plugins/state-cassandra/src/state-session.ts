import {
  type ClusterSession,
  type ExecuteOptions,
  isUnknownOutcome,
  quoteIdentifier,
} from "@cassandra-rekey/cassandra";
import { type Clock, isRekeyError, type Random, RekeyError } from "@cassandra-rekey/core";
import type { types } from "cassandra-driver";

/** A statement of a conditional batch. */
export interface Statement {
  readonly query: string;
  readonly params: readonly unknown[];
}

/** Levels of the state tables' requests. */
export interface StateLevels {
  readonly consistency: string;
  readonly serialConsistency: string;
}

const ATTEMPTS = 8;
const LONGEST_DELAY_MS = 2_000;

/** The state tables' statements: retried in bounds, with errors that speak of the state store. */
export class StateSession {
  readonly keyspace: string;
  readonly #session: ClusterSession;
  readonly #levels: StateLevels;
  readonly #clock: Clock;
  readonly #random: Random;
  #latestMicros = 0n;

  constructor(
    session: ClusterSession,
    keyspace: string,
    levels: StateLevels,
    tools: { readonly clock: Clock; readonly random: Random },
  ) {
    this.#session = session;
    this.keyspace = keyspace;
    this.#levels = levels;
    this.#clock = tools.clock;
    this.#random = tools.random;
  }

  /** The quoted name of a state table. */
  table(name: string): string {
    return `${quoteIdentifier(this.keyspace)}.${name}`;
  }

  /** All rows of an idempotent statement. */
  rows(cql: string, params: readonly unknown[], signal: AbortSignal): Promise<readonly types.Row[]> {
    return this.#patiently(signal, () =>
      this.#session.rows(cql, params, { consistency: this.#levels.consistency, signal }),
    );
  }

  /** The same, a page in memory at a time. */
  async *eachRow(cql: string, params: readonly unknown[], signal: AbortSignal): AsyncIterable<types.Row> {
    const { consistency } = this.#levels;
    let pageState: string | undefined;
    do {
      const options = { consistency, signal, ...(pageState !== undefined && { pageState }) };
      const page = await this.#patiently(signal, () => this.#session.execute(cql, params, options));
      yield* page.rows;
      pageState = page.pageState ?? undefined;
    } while (pageState !== undefined);
  }

  /** Rows as the last decided transaction left them. */
  serialRows(cql: string, params: readonly unknown[], signal: AbortSignal): Promise<readonly types.Row[]> {
    return this.#patiently(signal, () =>
      this.#session.rows(cql, params, { consistency: this.#levels.serialConsistency, signal }),
    );
  }

  /** Several statements on one partition. */
  async batch(statements: readonly Statement[], signal: AbortSignal): Promise<void> {
    await this.#patiently(signal, () =>
      this.#session.batch(statements, { consistency: this.#levels.consistency, signal, logged: false }),
    );
  }

  /** A name that no other transition bears, so that a read tells whether this very one was applied. */
  nonce(): string {
    return this.#random.uuid();
  }

  /**
   * The cluster's time in µs, never the same twice. Rows that several hosts write without conditions are dated with
   * it: hosts whose clocks differ would undo each other's later writes.
   */
  async serverMicros(signal: AbortSignal): Promise<bigint> {
    const [row] = await this.rows("SELECT now() AS at FROM system.local", [], signal);
    const { date, ticks } = (row!.get("at") as types.TimeUuid).getDatePrecision();
    const micros = BigInt(date.getTime()) * 1000n + BigInt(Math.floor(ticks / 10));
    this.#latestMicros = micros > this.#latestMicros ? micros : this.#latestMicros + 1n;
    return this.#latestMicros;
  }

  /**
   * One conditional batch on one partition; tells whether it was applied. Where a time-out left that unknown,
   * `happened` reads it back; if not, the batch is tried again, which its own conditions make safe: when an earlier
   * try arrives late after all, or was accepted before it was refused, they fail, and `happened` is asked once more.
   */
  async compareAndSet(
    statements: readonly Statement[],
    happened: () => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const options: ExecuteOptions & { logged: boolean } = { ...this.#levels, signal, logged: false };
    let isDoubtful = false;
    return this.#patiently(signal, async () => {
      try {
        const result = await (statements.length === 1
          ? this.#session.execute(statements[0]!.query, statements[0]!.params, options)
          : this.#session.batch(statements, options));
        return result.wasApplied() || (isDoubtful && (await happened()));
      } catch (error) {
        // What all have accepted may still be refused for the level of its commit, and is carried out by whoever is next.
        isDoubtful ||= isRekeyError(error) && error.retryable;
        if (!isUnknownOutcome(error)) throw error;
        if (await happened()) return true;
        throw error;
      }
    });
  }

  async #patiently<Result>(signal: AbortSignal, attempt: () => Promise<Result>): Promise<Result> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await attempt();
      } catch (error) {
        signal.throwIfAborted();
        if (!isRekeyError(error)) throw error;
        // One of the state store's own is from a look at what happened, which has been as patient already.
        const isOver = !error.retryable || error.code.startsWith("STATE.") || tried >= ATTEMPTS;
        if (isOver) throw this.#explain(error);
        const ceiling = Math.min(LONGEST_DELAY_MS, 50 * 2 ** tried);
        await this.#clock.sleep(ceiling * (0.5 + this.#random.fraction() / 2), signal);
      }
    }
  }

  #explain(error: RekeyError): RekeyError {
    if (
      error.code === "CLUSTER.INVALID_QUERY" &&
      /does not exist|doesn't exist|Prepared query .* not found|unconfigured table|Undefined column|Unknown identifier/i.test(
        error.message,
      )
    ) {
      return new RekeyError(
        "STATE.NOT_INITIALISED",
        `the state keyspace ${this.keyspace} or its tables are not there, or not up to date`,
        { cause: error },
      );
    }
    if (!error.code.startsWith("CLUSTER.") || !error.retryable) return error;
    return new RekeyError(
      "STATE.UNAVAILABLE",
      `the state tables in ${this.keyspace} cannot be reached: ${error.message}`,
      { cause: error },
    );
  }
}
