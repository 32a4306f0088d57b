import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Hook, HookContext } from "@cassandra-rekey/core";
import { hookContext, ManualClock } from "@cassandra-rekey/testkit";
import { expect, vi } from "vitest";
import plugin from "../src/index.ts";

/** One request as the receiver got it. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTP server that a webhook tells; `answer` decides what it says, 200 by default. */
export class Receiver implements AsyncDisposable {
  readonly received: Received[] = [];
  answer: (response: ServerResponse, count: number) => void = (response) => void response.end("ok");
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        this.received.push({ headers: request.headers, body });
        this.answer(response, this.received.length);
      });
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook/hush`;
  }

  /** Waits until so many requests have come. */
  async came(count: number): Promise<void> {
    await expect.poll(() => this.received.length, { interval: 2 }).toBe(count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/**
 * Virtual time over a network that takes real time: it must not go on before what happens out there has happened, so a
 * test has to see that its subject sleeps.
 */
export class WatchedClock extends ManualClock {
  /** How long each sleep was to be, milliseconds. */
  readonly sleeps: number[] = [];

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    return super.sleep(ms, signal);
  }

  /** Resolves with the length of the sleep of that number, from 1, once it has begun. */
  async asleep(count: number): Promise<number> {
    await expect.poll(() => this.sleeps.length, { interval: 2 }).toBe(count);
    return this.sleeps.at(-1)!;
  }
}

/** The hook as the engine opens it; secrets by the names of their variables. */
export async function openHook(
  url: string,
  options: Readonly<Record<string, unknown>> = {},
  changes: Partial<HookContext> & { readonly secrets?: Readonly<Record<string, string>> } = {},
) {
  const { webhook } = plugin.hooks!;
  const parsed = await webhook!.options["~standard"].validate({ url: { env: "URL" }, ...options });
  if (parsed.issues) throw new TypeError(JSON.stringify(parsed.issues));
  const clock = new WatchedClock();
  const warn = vi.fn();
  const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
  const secret = async (ref: object) => {
    const { env } = ref as { env: string };
    return Buffer.from(env === "URL" ? url : (changes.secrets?.[env] ?? ""));
  };
  const hook: Hook = await webhook!.create(parsed.value, hookContext(clock, { logger, secret, ...changes }));
  return { hook, clock, warn };
}
