import type { RekeyEvent } from "@cassandra-rekey/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHook, Receiver } from "./receiver.ts";

const jobId = "j";
const state = (to: "paused" | "running"): RekeyEvent => ({ type: "job.state", jobId, state: to });
const paused = state("paused");

let receiver: Receiver;
beforeEach(async () => {
  receiver = await new Receiver().listen();
});
afterEach(() => receiver[Symbol.asyncDispose]());

const status = (code: number, headers: Record<string, string> = {}) => {
  receiver.answer = (response) => void response.writeHead(code, headers).end();
};

describe("a message that is not taken", () => {
  it("is sent again with growing delays, with the same id, until it is", async () => {
    receiver.answer = (response, count) => void response.writeHead(count < 4 ? 503 : 204).end();
    const { hook, clock, warn } = await openHook(receiver.url);
    await hook.on(paused, 0);
    for (let count = 1; count < 4; count += 1) {
      await clock.advance(await clock.asleep(count));
      await receiver.came(count + 1);
    }
    const [first, second, third] = clock.sleeps;
    await hook[Symbol.asyncDispose]();
    expect(first).toBeGreaterThanOrEqual(500);
    expect(second).toBeGreaterThanOrEqual(1_000);
    expect(third).toBeGreaterThanOrEqual(2_000);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([400, 401, 403, 404, 410, 301])("is not sent again after status %i", async (code) => {
    status(code, code === 301 ? { location: "http://127.0.0.1:1/" } : {});
    const { hook, warn } = await openHook(receiver.url);
    await hook.on(paused, 0);
    await receiver.came(1);
    await hook[Symbol.asyncDispose]();
    expect(receiver.received).toHaveLength(1);
    expect(warn).toHaveBeenCalledWith(
      { news: "paused", reason: `HTTP status ${code}, 1 attempt` },
      "a webhook message was not delivered",
    );
  });

  it("waits as long as the receiver asks, but no longer than a minute", async () => {
    status(429, { "retry-after": "30" });
    const { hook, clock } = await openHook(receiver.url, { attempts: 3 });
    await hook.on(paused, 0);
    const asked = await clock.asleep(1);
    status(429, { "retry-after": "86400" });
    await clock.advance(asked);
    await receiver.came(2);
    expect(clock.monotonicMs()).toBe(30_000);
    await clock.advance(await clock.asleep(2));
    await receiver.came(3);
    expect(clock.monotonicMs()).toBe(90_000);
    await hook[Symbol.asyncDispose]();
  });

  it("is given up when the receiver never answers, attempt by attempt", async () => {
    receiver.answer = () => {};
    const { hook, clock, warn } = await openHook(receiver.url, { attempts: 2, timeout_seconds: 3 });
    await hook.on(paused, 0);
    await receiver.came(1);
    await clock.advance(3_000);
    await clock.advance(await clock.asleep(1));
    await receiver.came(2);
    await clock.advance(3_000);
    await expect.poll(() => warn.mock.calls.length).toBe(1);
    expect(warn.mock.lastCall?.[0]).toEqual({
      news: "paused",
      reason: "no answer within 3000 ms, 2 attempts",
    });
    await hook[Symbol.asyncDispose]();
  });

  it("names neither the URL nor what could be secret in the log", async () => {
    const url = receiver.url;
    await receiver[Symbol.asyncDispose]();
    const { hook, warn } = await openHook(url, { attempts: 1 });
    await hook.on(paused, 0);
    await hook[Symbol.asyncDispose]();
    receiver = await new Receiver().listen();
    expect(warn.mock.lastCall?.[0]).toEqual({ news: "paused", reason: "ECONNREFUSED, 1 attempt" });
    expect(JSON.stringify(warn.mock.calls)).not.toContain("hush");
  });
});

describe("the job", () => {
  it("is not held up by a receiver that hangs, and its end only for ten seconds", async () => {
    receiver.answer = () => {};
    const { hook, clock, warn } = await openHook(receiver.url, { timeout_seconds: 60 });
    for (let n = 0; n < 5; n += 1) await hook.on(state(n % 2 ? "running" : "paused"), 0);
    await receiver.came(1);
    const closing = hook[Symbol.asyncDispose]();
    expect(await clock.asleep(1)).toBe(10_000);
    await clock.advance(10_000);
    await closing;
    expect(warn).toHaveBeenCalledTimes(3);
  });

  it("is told in order", async () => {
    receiver.answer = (response, count) => void setTimeout(() => response.end(), 20 - 5 * count);
    const { hook } = await openHook(receiver.url, { events: ["paused", "resumed"] });
    for (const to of ["paused", "running", "paused"] as const) await hook.on(state(to), 0);
    await hook[Symbol.asyncDispose]();
    expect(receiver.received.map(({ body }) => JSON.parse(body).event)).toEqual([
      "paused",
      "resumed",
      "paused",
    ]);
  });

  it("keeps a bounded number of messages for a receiver that is away", async () => {
    receiver.answer = () => {};
    const { hook, warn, clock } = await openHook(receiver.url);
    for (let n = 0; n < 150; n += 1) await hook.on(paused, 0);
    expect(warn).toHaveBeenCalledTimes(50);
    const closing = hook[Symbol.asyncDispose]();
    await clock.advance(await clock.asleep(1));
    await closing;
  });

  it("waits for the delivery and fails with it when the hook is critical", async () => {
    const { hook } = await openHook(receiver.url, {}, { critical: true });
    await hook.on(paused, 0);
    expect(receiver.received).toHaveLength(1);
    status(404);
    await expect(hook.on(paused, 0)).rejects.toMatchObject({
      code: "HOOK.FAILED",
      message: "the webhook could not tell that the job paused: HTTP status 404, 1 attempt",
    });
    await hook[Symbol.asyncDispose]();
  });
});

it("an answer is not read, however long it is", async () => {
  receiver.answer = (response) => {
    response.on("error", () => {});
    const more = () => void (response.destroyed || response.write(Buffer.alloc(65_536), more));
    more();
  };
  const { hook, warn } = await openHook(receiver.url);
  await hook.on(paused, 0);
  await hook[Symbol.asyncDispose]();
  expect(warn).not.toHaveBeenCalled();
});
