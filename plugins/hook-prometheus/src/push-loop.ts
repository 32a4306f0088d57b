import type { Clock, Logger } from "@cassandra-rekey/core";
import type { RunRegistry } from "./registry.ts";

/** Where metrics are pushed to. */
export interface PushSettings {
  readonly url: string;
  readonly intervalMs: number;
  readonly job: string;
  readonly instance: string;
  readonly authorization: string | undefined;
}

/** How long one push may take, milliseconds. */
const PUSH_TIMEOUT_MS = 5_000;

/** Puts the metrics to a push gateway every few seconds, and once more at the end. Failures are only logged. */
export class PushLoop implements AsyncDisposable {
  readonly #settings: PushSettings;
  readonly #registry: RunRegistry;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #ended = new AbortController();
  readonly #looping: Promise<void>;
  #isFailing = false;

  constructor(settings: PushSettings, registry: RunRegistry, clock: Clock, logger: Logger) {
    this.#settings = settings;
    this.#registry = registry;
    this.#clock = clock;
    this.#logger = logger;
    this.#looping = this.#loop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    await this.#looping;
    await this.#push();
  }

  async #loop(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      await this.#clock.sleep(this.#settings.intervalMs, signal).catch(() => {});
      if (!signal.aborted) await this.#push();
    }
  }

  async #push(): Promise<void> {
    const { url, job, instance, authorization } = this.#settings;
    const group = `${url.replace(/\/+$/, "")}/metrics/job/${encodeURIComponent(job)}/instance/${encodeURIComponent(instance)}`;
    try {
      const response = await fetch(group, {
        method: "PUT",
        headers: {
          "content-type": this.#registry.contentType,
          ...(authorization !== undefined && { authorization }),
        },
        body: await this.#registry.text(),
        redirect: "error",
        signal: AbortSignal.timeout(PUSH_TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new TypeError(`HTTP status ${response.status}`);
      this.#isFailing = false;
    } catch (error) {
      // An error's text may quote the URL.
      const { name, message } = error as Error;
      const reason = message.startsWith("HTTP status") ? message : name;
      if (!this.#isFailing) this.#logger.warn({ reason }, "metrics could not be pushed");
      this.#isFailing = true;
    }
  }
}
