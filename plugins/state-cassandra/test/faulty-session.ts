import { ClusterSession, type ExecuteOptions, fromDriverError } from "@cassandra-rekey/cassandra";
import cassandra, { type types as Types } from "cassandra-driver";
import { systemClock } from "./fixture.ts";

/** What becomes of a conditional statement whose answer is a time-out, or a refusal that comes after all replicas accepted it. */
export type Fate = "applied" | "not applied" | "applied late" | "stuck" | "refused at its commit" | undefined;

const { unavailableException, writeTimeout } = cassandra.types.responseErrorCodes;

/** A session whose conditional statements time out as it is told, some of them after they have done their work. */
export class FaultySession extends ClusterSession {
  /** Asked before each conditional statement. */
  fate: () => Fate | Promise<Fate> = () => undefined;
  #late: (() => Promise<unknown>) | undefined;
  #stuck: (() => Promise<unknown>) | undefined;

  static over(session: ClusterSession): FaultySession {
    const { client, localDc } = session;
    const settings = { contactPoints: [], port: 0, requestTimeoutMs: 20_000 };
    return new FaultySession(client, localDc, settings, systemClock());
  }

  override execute(
    cql: string,
    params: readonly unknown[] = [],
    options: ExecuteOptions = {},
  ): Promise<Types.ResultSet> {
    const send = () => super.execute(cql, params, options);
    return isConditional(cql) ? this.#perhaps(send) : send();
  }

  override batch(
    statements: readonly { readonly query: string; readonly params: readonly unknown[] }[],
    options: ExecuteOptions & { readonly logged: boolean },
  ): Promise<Types.ResultSet> {
    const send = () => super.batch(statements, options);
    return statements.some(({ query }) => isConditional(query)) ? this.#perhaps(send) : send();
  }

  /** Lets the stuck statement arrive. */
  async deliver(): Promise<void> {
    await this.#stuck?.();
  }

  async #perhaps(send: () => Promise<Types.ResultSet>): Promise<Types.ResultSet> {
    const fate = await this.fate();
    if (fate === undefined) {
      // What was on its way for long arrives just before.
      const late = this.#late;
      this.#late = undefined;
      await late?.();
      return send();
    }
    if (fate === "applied" || fate === "refused at its commit") await send();
    if (fate === "applied late") this.#late = send;
    if (fate === "stuck") this.#stuck = send;
    const [code, message] =
      fate === "refused at its commit"
        ? ([unavailableException, "Cannot achieve consistency level EACH_QUORUM"] as const)
        : ([writeTimeout, "CAS operation timed out"] as const);
    throw fromDriverError(new cassandra.errors.ResponseError(code, message), "a batch");
  }
}

function isConditional(cql: string): boolean {
  return /\sIF\s/.test(cql) && !/^\s*(CREATE|ALTER)/.test(cql);
}
