import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import type { CliResult, RunningCli } from "../cli.ts";
import { WorkerPool } from "./worker-pool.ts";

const DONE = { status: 0, json: { outcome: "done" } };
const OUTAGE = { status: 4, json: { error: { code: "STATE.UNAVAILABLE" } } };

/** A process that ends as it is told to, or by SIGKILL. */
function fakeProcess() {
  const { promise: ended, resolve } = Promise.withResolvers<CliResult>();
  const end = (how: { status: number | null; json: unknown }) =>
    resolve({ stdout: "out", stderr: "err", ...how });
  const signals: string[] = [];
  const kill = (signal: string) => {
    signals.push(signal);
    if (signal === "SIGKILL") end({ status: null, json: undefined });
    return true;
  };
  const child = Object.assign(new EventEmitter(), { kill });
  return { running: { child, ended } as unknown as RunningCli, end, signals };
}

function pool(size: number) {
  const processes: ReturnType<typeof fakeProcess>[] = [];
  const start = async () => {
    processes.push(fakeProcess());
    return processes.at(-1)!.running;
  };
  return { pool: new WorkerPool({ size, start }), processes };
}

describe("a pool of worker processes", () => {
  it("starts again what was killed or gave up in an outage, until all have found the job done", async () => {
    const { pool: workers, processes } = pool(2);
    const done = workers.untilDone();
    await expect.poll(() => processes.length).toBe(2);
    processes[0]!.end(DONE);
    await expect.poll(() => workers.kill(1)).toBe(true);
    await expect.poll(() => processes.length).toBe(3);
    processes[2]!.end(OUTAGE);
    await expect.poll(() => processes.length).toBe(4);
    processes[3]!.end(DONE);
    expect(await done).toEqual({ outcome: "done" });
    expect(workers.counts).toEqual({ started: 4, gaveUp: 1 });
  });

  it.each([
    { status: 4, json: { error: { code: "INTERNAL.INVARIANT" } } },
    { status: 1, json: { error: { code: "JOB.CHUNKS_FAILED" } } },
    { status: 1, json: undefined },
  ])("rejects and ends the others when one ends with what no fault explains: %j", async (how) => {
    const { pool: workers, processes } = pool(2);
    const done = workers.untilDone();
    done.catch(() => {});
    await expect.poll(() => processes.length).toBe(2);
    processes[0]!.end(how);
    await expect(done).rejects.toThrow(`ended with ${how.status}, which no fault explains:\nouterr`);
    expect(processes[1]!.signals).toEqual(["SIGKILL"]);
  });

  it("kills another one than the one that is stopped", async () => {
    const { pool: workers, processes } = pool(2);
    const done = workers.untilDone();
    done.catch(() => {});
    await expect.poll(() => workers.stop(1)).toBeDefined();
    expect(workers.kill(1)).toBe(true);
    expect(processes.map(({ signals }) => signals)).toEqual([["SIGKILL"], ["SIGSTOP"]]);
    workers.end();
    await expect(done).rejects.toThrow();
  });

  it("stops a process and lets it go on, and says where there is none", async () => {
    const { pool: workers, processes } = pool(1);
    expect(workers.kill(0)).toBe(false);
    expect(workers.stop(0)).toBeUndefined();
    const done = workers.untilDone();
    await expect.poll(() => workers.stop(0)?.() === undefined && processes[0]!.signals.length > 0).toBe(true);
    expect(processes[0]!.signals).toEqual(["SIGSTOP", "SIGCONT"]);
    workers.end();
    await expect(done).rejects.toThrow("did not come to its end");
  });
});
