import { type RekeyEvent, ZERO_TOTALS } from "@cassandra-rekey/core";
import { describeHook, SAMPLE_EVENTS } from "@cassandra-rekey/testkit";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { openHook } from "./open-hook.ts";
import { recordingSdk } from "./recording-sdk.ts";

const AT = 1_764_000_000_000;
const jobId = "j";
const chunk = { jobId, table: "users", chunkId: 7 };
const page = { rows: 100, rekeyed: 90, raced: 0, bytes: 5_000, readMs: 10, sealMs: 20, writeMs: 30 };
const RUN: readonly RekeyEvent[] = [
  { type: "job.started", jobId, kind: "rekey", tables: ["users"] },
  { type: "chunk.claimed", ...chunk, attempt: 1 },
  { type: "key.call", jobId, keyVersion: "v2", call: "unwrap", outcome: "failed", ms: 25 },
  { type: "page.done", ...chunk, ...page },
  { type: "lease.late", ...chunk, leftMs: 20_000 },
  { type: "chunk.finished", ...chunk, totals: ZERO_TOTALS },
  { type: "chunk.claimed", ...chunk, chunkId: 8, attempt: 0 },
  { type: "chunk.failed", ...chunk, chunkId: 8, code: "CLUSTER.TIMEOUT", final: true },
  { type: "job.tuned", jobId, revision: 1, settings: {}, by: "ann", tunedAt: AT },
  { type: "job.finished", jobId, state: "failed", totals: ZERO_TOTALS },
];
const play = async (options: object = {}) => {
  await using sdk = recordingSdk();
  const { hook } = await openHook(options);
  for (const [index, event] of RUN.entries()) await hook.on(event, AT + index * 1000);
  await hook[Symbol.asyncDispose]();
  return { spans: sdk.spans(), values: await sdk.values() };
};

describe("spans", () => {
  it("are a tree of job, chunks and pages, with key-service calls below the job", async () => {
    const { spans } = await play();
    const parentOf = (name: string) => {
      const span = spans.find((one) => one.name === name);
      return spans.find((one) => one.spanContext().spanId === span?.parentSpanContext?.spanId)?.name;
    };
    expect(spans.map(({ name }) => name).sort()).toEqual([
      "key service unwrap",
      "rekey chunk",
      "rekey chunk",
      "rekey job rekey",
      "rekey page",
    ]);
    expect(parentOf("rekey job rekey")).toBeUndefined();
    expect(parentOf("rekey chunk")).toBe("rekey job rekey");
    expect(parentOf("rekey page")).toBe("rekey chunk");
    expect(parentOf("key service unwrap")).toBe("rekey job rekey");
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it("begin and end when it happened, not when it was heard of", async () => {
    const { spans } = await play();
    const times = Object.fromEntries(
      spans.map(({ name, startTime, endTime }) => [
        name,
        [startTime, endTime].map(([seconds, nanos]) => Math.round(seconds * 1000 + nanos / 1e6) - AT),
      ]),
    );
    expect(times).toMatchObject({
      "rekey job rekey": [0, 9000],
      "rekey page": [2940, 3000],
      "key service unwrap": [1975, 2000],
    });
  });

  it("say how it went", async () => {
    const { spans } = await play();
    const [job, call] = [spans.at(-1)!, spans.find(({ name }) => name.startsWith("key service"))!];
    expect(job.status).toEqual({ code: SpanStatusCode.ERROR, message: "JOB.CHUNKS_FAILED" });
    expect(job.events.map(({ name }) => name)).toEqual(["job.tuned"]);
    expect([call.kind, call.status.code]).toEqual([SpanKind.CLIENT, SpanStatusCode.ERROR]);
    const chunks = spans.filter(({ name }) => name === "rekey chunk");
    expect(chunks.map(({ attributes, status }) => [attributes["rekey.outcome"], status.message])).toEqual([
      ["finished", undefined],
      ["failed", "CLUSTER.TIMEOUT"],
    ]);
    expect(chunks[0]?.events.map(({ name }) => name)).toEqual(["lease.late"]);
    expect(spans.find(({ name }) => name === "rekey page")?.attributes).toMatchObject({
      "rekey.table": "users",
      "rekey.rows": 100,
      "rekey.seal_ms": 20,
    });
  });

  it("of pages can be left out, and all of them", async () => {
    const { spans } = await play({ page_spans: false });
    expect(spans.map(({ name }) => name)).not.toContain("rekey page");
    expect(spans.map(({ name }) => name)).toContain("key service unwrap");
    expect((await play({ traces: false })).spans).toEqual([]);
  });

  it("that are open end with the run", async () => {
    await using sdk = recordingSdk();
    const { hook } = await openHook();
    for (const event of RUN.slice(0, 2)) await hook.on(event, AT);
    await hook[Symbol.asyncDispose]();
    expect(sdk.spans().map(({ name }) => name)).toEqual(["rekey chunk", "rekey job rekey"]);
  });
});

describe("metrics", () => {
  it("count rows, bytes and chunks, and time pages and calls, in base units", async () => {
    const { values } = await play();
    expect(values).toMatchObject({
      "cassandra_rekey.rows{table=users,outcome=scanned} {row}": 100,
      "cassandra_rekey.rows{table=users,outcome=rekeyed} {row}": 90,
      "cassandra_rekey.scanned{table=users} By": 5_000,
      "cassandra_rekey.chunks{table=users,outcome=finished} {chunk}": 1,
      "cassandra_rekey.page.duration{table=users,step=write} s": 0.03,
      "cassandra_rekey.key_service.call.duration{keyring=keys,key.version=v2,call=unwrap,outcome=failed} s": 0.025,
    });
  });

  it("have all their instruments, and none when they are not wanted", async () => {
    await using sdk = recordingSdk();
    const { hook } = await openHook();
    for (const event of SAMPLE_EVENTS) await hook.on(event, AT);
    const names = new Set(Object.keys(await sdk.values()).map((name) => name.split("{")[0]));
    expect(names.size).toBe(10);
    expect((await play({ metrics: false })).values).toEqual({});
  });
});

describe("without an SDK", () => {
  it("nothing is done, and that is said once", async () => {
    const { hook, warn } = await openHook();
    expect(warn).toHaveBeenCalledWith({}, expect.stringContaining("no OpenTelemetry SDK is registered"));
    // The function of a hook that is off is empty: an event costs a call.
    expect(String(hook.on)).toMatch(/^on\(\) ?\{\s*\}$/);
    expect(trace.getSpan(context.active())).toBeUndefined();
  });

  it("is quiet when it is switched off altogether", async () => {
    const { warn } = await openHook({ traces: false, metrics: false });
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("with an SDK", () => {
  const sdk = { current: undefined as ReturnType<typeof recordingSdk> | undefined };
  describeHook(
    { describe, it },
    {
      name: "the opentelemetry hook",
      create: async () => {
        await sdk.current?.[Symbol.asyncDispose]();
        sdk.current = recordingSdk();
        return (await openHook()).hook;
      },
      output: async () => {
        const spans = sdk
          .current!.spans()
          .map(({ name, attributes, events }) => ({ name, attributes, events }));
        return JSON.stringify([spans, await sdk.current!.values()]);
      },
    },
  );
});
