import { createHmac } from "node:crypto";
import type { Clock, Random } from "@cassandra-rekey/core";

/** Where and how bodies are sent. */
export interface SenderSettings {
  readonly url: string;
  readonly authorization: string | undefined;
  readonly signingKey: Uint8Array | undefined;
  readonly attempts: number;
  /** For one attempt. */
  readonly timeoutMs: number;
}

/** How sending ended. */
export type Delivery = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** Answers after which another attempt may go better, besides every 5xx. */
const WORTH_ANOTHER = new Set([408, 425, 429]);

/** Posts a body until it is taken, a limited number of times. Says nothing of the URL, which may be a secret. */
export class Sender {
  readonly #settings: SenderSettings;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(settings: SenderSettings, clock: Clock, random: Random) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
  }

  async send(body: string, signal: AbortSignal): Promise<Delivery> {
    for (let tried = 1; ; tried += 1) {
      const { reason, isFinal, waitMs } = await this.#post(body, signal);
      if (reason === undefined) return { ok: true };
      if (isFinal || tried >= this.#settings.attempts || signal.aborted)
        return { ok: false, reason: `${reason}, ${tried === 1 ? "1 attempt" : `${tried} attempts`}` };
      const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (tried - 1));
      const delayMs = Math.max(waitMs, ceiling * (0.5 + this.#random.fraction() / 2));
      await this.#clock.sleep(Math.min(delayMs, LONGEST_DELAY_MS), signal).catch(() => {});
      if (signal.aborted) return { ok: false, reason: `${reason}, given up at the run's end` };
    }
  }

  async #post(
    body: string,
    signal: AbortSignal,
  ): Promise<{ reason?: string; isFinal: boolean; waitMs: number }> {
    const { url, authorization, timeoutMs } = this.#settings;
    const deadline = this.#clock.timeout(timeoutMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "user-agent": "cassandra-rekey",
          ...(authorization !== undefined && { authorization }),
          ...this.#signature(body),
        },
        body,
        // A signature and a token are for the configured receiver alone.
        redirect: "manual",
        signal: AbortSignal.any([signal, deadline]),
      });
      // What it says is of no interest, however long it is.
      await response.body?.cancel();
      if (response.ok) return { isFinal: true, waitMs: 0 };
      const { status } = response;
      const isFinal = status < 500 && !WORTH_ANOTHER.has(status);
      return {
        reason: `HTTP status ${status}`,
        isFinal,
        waitMs: retryAfterMs(response.headers.get("retry-after")),
      };
    } catch (error) {
      if (deadline.aborted) return { reason: `no answer within ${timeoutMs} ms`, isFinal: false, waitMs: 0 };
      return { reason: nameOf(error), isFinal: false, waitMs: 0 };
    }
  }

  /** The time is signed as well, so that an old body cannot be sent again by somebody else. */
  #signature(body: string): Readonly<Record<string, string>> {
    const { signingKey } = this.#settings;
    if (!signingKey) return {};
    const seconds = Math.floor(this.#clock.wallMs() / 1000);
    const hash = createHmac("sha256", signingKey).update(`${seconds}.${body}`).digest("hex");
    return { "x-cassandra-rekey-signature": `t=${seconds},v1=${hash}` };
  }
}

function retryAfterMs(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : 0;
}

/** The code of a connection that failed; an error's text may quote the URL. */
function nameOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: unknown }; name?: unknown };
  return typeof cause?.code === "string" ? cause.code : typeof name === "string" ? name : "unknown error";
}
