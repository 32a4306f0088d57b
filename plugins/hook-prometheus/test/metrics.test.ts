import { type RekeyEvent, ZERO_TOTALS } from "@cassandra-rekey/core";
import { SAMPLE_EVENTS } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { METRICS, type MetricDefinition } from "../src/index.ts";
import { samplesOf } from "./exposition.ts";
import { openHook, scrape } from "./open-hook.ts";

const jobId = "j";

/** Values after these events, by name and labels but for the job's id. */
async function after(events: readonly RekeyEvent[]): Promise<Readonly<Record<string, number>>> {
  const { hook, url } = await openHook();
  await using _ = hook;
  for (const event of events) await hook.on(event, 0);
  return Object.fromEntries(
    samplesOf(await scrape(url)).map(({ name, labels, value }) => {
      const { job_id: __, ...rest } = labels;
      const spelled = Object.entries(rest).map(([label, text]) => `${label}=${text}`);
      return [`${name.replace("cassandra_rekey_", "")}{${spelled.join(",")}}`, value];
    }),
  );
}

describe("the metrics", () => {
  it("are named by Prometheus' conventions", () => {
    for (const [name, { type, help, labels }] of Object.entries<MetricDefinition>(METRICS)) {
      expect(name).toMatch(/^cassandra_rekey_[a-z_]+$/);
      expect(type === "counter").toBe(name.endsWith("_total"));
      expect(name).not.toMatch(/_(ms|milliseconds|kib|mib|percent)(_|$)/);
      if (type === "histogram") expect(name).toMatch(/_seconds$/);
      expect(help).toMatch(/\.$/);
      // Prometheus gives every series these two by itself.
      expect(labels).not.toEqual(expect.arrayContaining(["job", "instance"]));
    }
  });

  it("all have a value after one event of each type, with the labels that they are said to have", async () => {
    const { hook, url } = await openHook();
    await using _ = hook;
    for (const event of SAMPLE_EVENTS) await hook.on(event, 0);
    const text = await scrape(url);
    for (const [name, { labels, help, type }] of Object.entries<MetricDefinition>(METRICS)) {
      const found = samplesOf(text).filter((one) => one.name === name || one.name === `${name}_count`);
      expect(found.length, name).toBeGreaterThan(0);
      expect(Object.keys(found[0]!.labels).sort()).toEqual([...labels].sort());
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
  });

  it("tell keys of one version in different keyrings apart", async () => {
    const call = {
      type: "key.call",
      jobId,
      keyVersion: "v2",
      call: "unwrap",
      outcome: "done",
      ms: 5,
    } as const;
    expect(await after([call, { ...call, keyring: "cards" }, call])).toMatchObject({
      "key_service_calls_total{keyring=keys,key_version=v2,call=unwrap,outcome=done}": 2,
      "key_service_calls_total{keyring=cards,key_version=v2,call=unwrap,outcome=done}": 1,
    });
  });

  it("count rows, bytes and pages, in base units", async () => {
    const page = SAMPLE_EVENTS.find(({ type }) => type === "page.done")!;
    const values = await after([page, page]);
    expect(values).toMatchObject({
      "rows_scanned_total{table=customer}": 2000,
      "rows_rekeyed_total{table=customer}": 1980,
      "rows_raced_total{table=customer}": 6,
      "scanned_bytes_total{table=customer}": 200_000,
      "pages_total{table=customer,outcome=done}": 2,
      "page_duration_seconds_sum{table=customer,step=write}": 0.066,
      "page_duration_seconds_bucket{le=0.025,table=customer,step=read}": 2,
      "page_duration_seconds_bucket{le=0.01,table=customer,step=read}": 0,
    });
  });

  it("say which state the job is in, and that it is no longer in the others", async () => {
    const values = await after([
      { type: "job.started", jobId, kind: "rekey", tables: [] },
      { type: "job.state", jobId, state: "paused" },
      { type: "job.stopped", jobId, outcome: "failed", code: "STATE.UNAVAILABLE" },
    ]);
    expect(values).toMatchObject({
      "job_state{kind=rekey,state=running}": 0,
      "job_state{kind=rekey,state=paused}": 0,
      "job_state{kind=rekey,state=stopped_by_error}": 1,
    });
  });

  it("name who holds back, without its readings, and who no longer does", async () => {
    const throttle = (reason: string | undefined) =>
      ({ type: "throttle", jobId, reason, permits: 3 }) as const;
    const reasons = [
      "throttle-latency: read p99 61 ms > 50 ms",
      "throttle-latency: read p99 70 ms > 50 ms",
      "paused",
    ];
    expect(await after(reasons.map(throttle))).toMatchObject({
      "throttled{throttle=throttle-latency}": 0,
      "throttled{throttle=other}": 1,
      "requests_in_flight_limit{}": 3,
    });
    expect(await after([...reasons, undefined].map(throttle))).toMatchObject({
      "throttled{throttle=other}": 0,
    });
  });

  it("tell chunks that are tried again from those that failed for good", async () => {
    const place = { jobId, table: "t", chunkId: 1, code: "CLUSTER.TIMEOUT" };
    const values = await after([
      { type: "chunk.failed", ...place, final: false },
      { type: "chunk.failed", ...place, final: true },
      { type: "chunk.finished", ...place, totals: ZERO_TOTALS },
    ]);
    expect(values).toMatchObject({
      "chunks_ended_total{table=t,outcome=retried}": 1,
      "chunks_ended_total{table=t,outcome=failed}": 1,
      "chunks_ended_total{table=t,outcome=finished}": 1,
    });
  });

  it("forget a live setting that was given back", async () => {
    const tuned = (settings: object) =>
      ({ type: "job.tuned", jobId, revision: 1, by: "ann", tunedAt: 1, settings }) as const;
    const values = await after([tuned({ workers: 4, thresholdMs: 20 }), tuned({ thresholdMs: 30 })]);
    expect(values).toMatchObject({ "control_setting{setting=threshold_ms}": 30 });
    expect(Object.keys(values)).not.toContain("control_setting{setting=workers}");
  });
});
