import type { Clock, Hook, Logger, Random, RekeyEvent } from "@cassandra-rekey/core";
import { RekeyError } from "@cassandra-rekey/core";
import { type Message, type News, Newsroom } from "./message.ts";
import type { Delivery, Sender } from "./sender.ts";
import { TEMPLATES, type TemplateName } from "./templates.ts";

/** What a {@link Webhook} works with. */
export interface WebhookParts {
  readonly sender: Sender;
  readonly template: TemplateName;
  readonly news: ReadonlySet<News>;
  /** Whether `on` waits for the delivery. */
  readonly critical?: boolean;
  readonly process: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Messages that may wait while the receiver is slow or away. */
const MOST_WAITING = 100;
/** How long the end of a run waits for what is still to be told, milliseconds. */
const FAREWELL_MS = 10_000;

/** Tells an HTTP endpoint the news of a job, in order, one message at a time. */
export class Webhook implements Hook {
  readonly #parts: WebhookParts;
  readonly #newsroom = new Newsroom();
  readonly #ended = new AbortController();
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  async on(event: RekeyEvent, at: number): Promise<void> {
    const message = this.#newsroom.messageOf(event);
    if (!message || !this.#parts.news.has(message.news) || this.#isClosed) return;
    if (this.#waiting >= MOST_WAITING) {
      this.#parts.logger.warn({ news: message.news }, "a webhook is too slow: a message was dropped");
      return;
    }
    const delivering = this.#deliver(message, at);
    if (!this.#parts.critical) return;
    const delivery = await delivering;
    if (!delivery.ok)
      throw new RekeyError(
        "HOOK.FAILED",
        `the webhook could not tell that the job ${message.news}: ${delivery.reason}`,
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const told = new AbortController();
    const patience = this.#parts.clock.sleep(FAREWELL_MS, told.signal).catch(() => {});
    await Promise.race([this.#queue, patience]);
    told.abort();
    this.#ended.abort();
    await this.#queue;
  }

  #deliver(message: Message, at: number): Promise<Delivery> {
    const { sender, template, process, random, logger } = this.#parts;
    const envelope = { id: random.uuid(), at: new Date(at).toISOString(), process };
    const body = JSON.stringify(TEMPLATES[template](message, envelope));
    this.#waiting += 1;
    const turn = this.#queue.then(async () => {
      const delivery = await sender.send(body, this.#ended.signal);
      this.#waiting -= 1;
      if (!delivery.ok)
        logger.warn({ news: message.news, reason: delivery.reason }, "a webhook message was not delivered");
      return delivery;
    });
    this.#queue = turn;
    return turn;
  }
}
