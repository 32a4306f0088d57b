import { createHmac } from "node:crypto";
import { type RekeyEvent, ZERO_TOTALS } from "@cassandra-rekey/core";
import { SAMPLE_EVENTS } from "@cassandra-rekey/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHook, Receiver } from "./receiver.ts";

const AT = Date.UTC(2026, 10, 25, 3, 0, 0);
const jobId = "4f3b19ce-85d1-4857-802e-0c83973bb395";
const paused: RekeyEvent = {
  type: "job.state",
  jobId,
  state: "paused",
  reason: "throttle-probe: <503> & more",
};
const finished: RekeyEvent = {
  type: "job.finished",
  jobId,
  state: "done",
  totals: { ...ZERO_TOTALS, scanned: 9 },
};

let receiver: Receiver;
beforeEach(async () => {
  receiver = await new Receiver().listen();
});
afterEach(() => receiver[Symbol.asyncDispose]());
const bodies = () => receiver.received.map(({ body }) => JSON.parse(body));

describe("a message", () => {
  it("is JSON with the event, the job, when, who, and words", async () => {
    const { hook } = await openHook(receiver.url);
    await hook.on(paused, AT);
    await hook[Symbol.asyncDispose]();
    expect(receiver.received[0]?.headers).toMatchObject({ "content-type": "application/json" });
    expect(bodies()).toEqual([
      {
        version: 1,
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        at: "2026-11-25T03:00:00.000Z",
        process: expect.stringMatching(new RegExp(`:${process.pid}$`)),
        event: "paused",
        jobId,
        text: `Job ${jobId} paused by throttle-probe: <503> & more`,
        details: { reason: "throttle-probe: <503> & more" },
      },
    ]);
  });

  it("for Slack is text in which nothing is a link or a mention", async () => {
    const { hook } = await openHook(receiver.url, { template: "slack" });
    await hook.on(paused, AT);
    await hook[Symbol.asyncDispose]();
    const [{ text, ...rest }] = bodies();
    expect(text).toContain(`Job ${jobId} paused by throttle-probe: &lt;503&gt; &amp; more`);
    expect(rest).toEqual({ unfurl_links: false, unfurl_media: false, mrkdwn: false });
  });

  it("is signed with its time", async () => {
    const { hook, clock } = await openHook(
      receiver.url,
      { signing_key: { env: "KEY" }, authorization: { env: "AUTH" } },
      { secrets: { KEY: "the key", AUTH: "Bearer token" } },
    );
    await hook.on(paused, AT);
    await hook[Symbol.asyncDispose]();
    const [{ headers, body }] = receiver.received as [Receiver["received"][0]];
    const seconds = Math.floor(clock.wallMs() / 1000);
    const hash = createHmac("sha256", "the key").update(`${seconds}.${body}`).digest("hex");
    expect(headers).toMatchObject({
      "x-cassandra-rekey-signature": `t=${seconds},v1=${hash}`,
      authorization: "Bearer token",
    });
  });

  it("stays small whatever the reason or the number of tables is", async () => {
    const { hook } = await openHook(receiver.url);
    await hook.on({ ...paused, reason: `a\n${"x".repeat(1_000_000)}` }, AT);
    const tables = Array.from({ length: 10_000 }, (_, n) => `table_${n}`);
    await hook.on({ type: "job.started", jobId, kind: "rekey", tables }, AT);
    await hook[Symbol.asyncDispose]();
    for (const { body } of receiver.received) expect(body.length).toBeLessThan(4_000);
    expect(bodies()[0].text).not.toContain("\n");
  });
});

describe("what is told", () => {
  const eventsOf = async (options: object, events: readonly RekeyEvent[]) => {
    const { hook } = await openHook(receiver.url, options as Record<string, unknown>);
    for (const event of events) await hook.on(event, AT);
    await hook[Symbol.asyncDispose]();
    return bodies().map(({ event }) => event);
  };

  it("is start, pause, end, failure, and that the quarantine is no longer empty: once", async () => {
    const quarantine = SAMPLE_EVENTS.find(({ type }) => type === "quarantine")!;
    expect(await eventsOf({}, [...SAMPLE_EVENTS, paused, quarantine, quarantine])).toEqual([
      "started",
      "quarantine",
      "failed",
      "finished",
      "paused",
    ]);
  });

  it("is what is asked for", async () => {
    const interrupted: RekeyEvent = { type: "job.stopped", jobId, outcome: "interrupted" };
    const failed: RekeyEvent = { ...finished, state: "failed" };
    const events = [paused, interrupted, finished, failed, ...SAMPLE_EVENTS];
    expect(await eventsOf({ events: ["resumed", "stopped"] }, events)).toEqual(["stopped", "resumed"]);
  });

  it("says what a failed job and a job with chunks that failed have in common", async () => {
    const { hook } = await openHook(receiver.url);
    await hook.on({ ...finished, state: "failed" }, AT);
    await hook.on({ type: "job.stopped", jobId, outcome: "failed", code: "STATE.UNAVAILABLE" }, AT);
    await hook[Symbol.asyncDispose]();
    expect(bodies()).toMatchObject([
      { event: "failed", details: { scanned: 9 } },
      { event: "failed", details: { code: "STATE.UNAVAILABLE" } },
    ]);
  });
});
