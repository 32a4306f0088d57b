import type { Clock } from "@cassandra-rekey/core";
import { boundedBody } from "./bounded-body.ts";
import type { ProbeOptions } from "./probe-options.ts";
import { plainValue, prometheusValue } from "./read-value.ts";

/** What one look at the endpoint gave. */
export type Answer =
  | { readonly kind: "value"; readonly value: number }
  /** No number was asked for: whether the job may go on, by the status. */
  | { readonly kind: "status"; readonly status: number; readonly free: boolean }
  /** `why` is one line without anything that the endpoint said or the URL holds. */
  | { readonly kind: "failure"; readonly why: string };

type Asked = Pick<ProbeOptions, "url" | "query" | "field" | "threshold" | "timeout_ms">;

const HOLDING: readonly number[] = [429, 503];

/** Asks an endpoint, for no longer and no more than is allowed. Never rejects. */
export class Endpoint {
  readonly #asked: Asked;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #clock: Pick<Clock, "timeout">;

  constructor(asked: Asked, token: string | undefined, clock: Pick<Clock, "timeout">) {
    this.#asked = asked;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    this.#clock = clock;
  }

  async ask(signal: AbortSignal): Promise<Answer> {
    const timeout = this.#clock.timeout(this.#asked.timeout_ms);
    try {
      const response = await fetch(this.#target(), {
        headers: this.#headers,
        // The token goes to the endpoint that the configuration names, and nowhere else.
        redirect: "error",
        signal: AbortSignal.any([signal, timeout]),
      });
      return await this.#read(response);
    } catch (error) {
      if (timeout.aborted) return failure(`no answer within ${this.#asked.timeout_ms} ms`);
      return failure(reasonOf(error));
    }
  }

  #target(): URL {
    const { url, query } = this.#asked;
    if (query === undefined) return new URL(url);
    const target = new URL(url);
    target.pathname = `${target.pathname.replace(/\/$/, "")}/api/v1/query`;
    target.searchParams.set("query", query);
    return target;
  }

  async #read(response: Response): Promise<Answer> {
    const { threshold, query, field } = this.#asked;
    if (threshold === undefined) {
      await response.body?.cancel();
      if (response.ok || HOLDING.includes(response.status))
        return { kind: "status", status: response.status, free: response.ok };
    }
    if (!response.ok) {
      await response.body?.cancel();
      return failure(`HTTP ${response.status}`);
    }
    const text = await boundedBody(response);
    if (text === undefined) return failure("the answer is too large");
    const value = query === undefined ? plainValue(text, field) : prometheusValue(text);
    return typeof value === "number" ? { kind: "value", value } : failure(value);
  }
}

function failure(why: string): Answer {
  return { kind: "failure", why };
}

/** The system's own code: the text of an error may hold the URL. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : "the request failed";
}
