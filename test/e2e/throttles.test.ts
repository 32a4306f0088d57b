import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RekeyEvent } from "@cassandra-rekey/core";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../cli.ts";
import { checkAll, newFernetKey, seed } from "../fixture-table.ts";
import { openTestEngine } from "../open-test-engine.ts";
import { planRotation, SLOW } from "../rotation.ts";
import { eventually, statusOf } from "../state-of-job.ts";

describe("throttles", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  let pressure = "0";
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((_, response) => response.end(pressure)).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server?.closeAllConnections();
    server?.close();
  });

  it("with wrong options are refused before anything runs, each with its path and line", async () => {
    const config = `cluster: { contact_points: [127.0.0.1], keyspace: app }
state: { type: file }
provider: { old_key_env: OLD, new_key_env: NEW }
tables: [{ name: users, encrypted_columns: [email] }]
throttles:
  - type: adaptive
    tolerance: 0.5
  - type: cluster-load
    pending_tasks: many
  - type: latency
    threshold_ms: 50
    critical_ms: 20
  - type: probe
    url: ftp://example.org
  - type: rate
    rows_per_sec: 100
  - type: schedule
    windows: [{ start: "22:00", hours: 8 }]
`;
    const { status, stderr } = await runCli(["config", "check"], { config, env: { OLD: "a", NEW: "b" } });
    expect(status).toBe(2);
    for (const place of [
      /config\.yaml:7:\d+ throttles\[0\]\.tolerance/,
      /config\.yaml:9:\d+ throttles\[1\]\.pending_tasks/,
      /config\.yaml:12:\d+ throttles\[2\]\.critical_ms/,
      /config\.yaml:14:\d+ throttles\[3\]\.url/,
      /config\.yaml:16:\d+ throttles\[4\]\.rows_per_sec/,
      /config\.yaml:18:\d+ throttles\[5\]\.windows\[0\]\.start/,
    ])
      expect(stderr).toMatch(place);
  });

  it("hold a run, say why from another process, and let it go on", async () => {
    pressure = "0.9";
    await using job = await planRotation(db, {
      state: "file",
      rows: 200,
      more: { throttles: [{ type: "probe", url, threshold: 0.5, interval_seconds: 1, name: "checkout" }] },
    });
    const running = await job.start(["run", "--json"]);
    const env = { REKEY_OLD_KEY: job.keys.old, REKEY_NEW_KEY: job.keys.new };
    const held = await eventually(
      "status names the throttle",
      () => statusOf(job.jobId, { cwd: job.folder, env }),
      ({ workers }) =>
        workers.some(({ waiting }) => waiting?.startsWith("throttle-probe: checkout says 0.9 > 0.5")),
    );
    expect(held.tables[0]!.rows.scanned).toBe(0);
    pressure = "0.1";
    expect((await running.ended).json).toMatchObject({ outcome: "done", scanned: 200 });
  });

  it("share a rate between processes: each lets through what is its part", async () => {
    await using job = await planRotation(db, {
      state: "file",
      rows: 300,
      table: { chunks: 24 },
      execution: { ...SLOW, workers: 2, max_in_flight: 8 },
      // It would take a minute: neither is over before both have started.
      more: { throttles: [{ type: "rate", rows_per_second: 5 }] },
    });
    const processes = await Promise.all([job.start(["run", "--json"]), job.start(["run", "--json"])]);
    const env = { REKEY_OLD_KEY: job.keys.old, REKEY_NEW_KEY: job.keys.new };
    await eventually(
      "both know of each other",
      () => statusOf(job.jobId, { cwd: job.folder, env }),
      ({ workers }) =>
        workers.length === 2 &&
        workers.every(({ waiting }) => waiting?.includes("2 of 4 workers here") ?? false),
    );
    for (const { child } of processes) child.kill("SIGKILL");
    await Promise.all(processes.map(({ ended }) => ended));
  });

  it("pause the job on a critical reading; hooks hear why, and it goes on when resumed", async () => {
    pressure = "9";
    const keys = { target: newFernetKey(), previous: newFernetKey() };
    const fixture = await seed(db.client, db.keyspace, { key: keys.previous, rows: 300, name: "critical" });
    await using engine = await openTestEngine({
      ...db,
      keys,
      yaml: `
tables: [{ name: critical, encrypted_columns: [email, document] }]
throttles: [{ type: probe, url: "${url}", threshold: 0.5, critical: 5, interval_seconds: 1, name: checkout }]`,
    });
    await engine.init();
    const { jobId } = await engine.plan();
    const states: RekeyEvent[] = [];
    const running = engine.run({
      jobId,
      onEvent: (event) => {
        if (event.type === "job.state") states.push(event);
      },
    });
    await eventually(
      "the job is paused",
      () => states,
      (told) => told.length > 0,
    );
    expect(states).toEqual([
      { type: "job.state", jobId, state: "paused", reason: "throttle-probe: checkout says 9 > 5" },
    ]);
    expect((await engine.status(jobId)).state).toBe("paused");
    pressure = "0";
    await engine.resume(jobId);
    expect(await running).toMatchObject({ outcome: "done", scanned: 300 });
    expect(states.at(-1)).toEqual({ type: "job.state", jobId, state: "running" });
    expect(await checkAll(db.client, fixture, { key: keys.target })).toEqual([]);
  });
});
