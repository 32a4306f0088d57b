import type { Hook, RekeyEvent } from "@cassandra-rekey/core";
import { describe, expect, it, vi } from "vitest";
import type { NamedHook } from "../../src/hooks/hook-dispatcher.ts";
import { filledRun } from "../filled-run.ts";

const hook = (on: Hook["on"]): Hook => ({ on, async [Symbol.asyncDispose]() {} });
const critical = (on: Hook["on"]) => [{ name: "audit", hook: hook(on), critical: true }];
const ordinary = (on: Hook["on"]) => [{ name: "audit", hook: hook(on) }];

/** A run over 300 rows with these hooks. */
function runWith(hooks: (on: Hook["on"]) => readonly NamedHook[], on: Hook["on"]) {
  return filledRun(300, { hooks: hooks(on), execution: { workers: 2 } });
}

describe("a critical hook", () => {
  it("that throws stops the job, which goes on from there when the hook is mended", async () => {
    let pages = 0;
    let isBroken = true;
    const run = await runWith(critical, (event) => {
      if (event.type !== "page.done") return;
      pages += 1;
      if (isBroken && pages === 3) throw new TypeError("disk full at /secret");
    });
    await expect(run.run()).rejects.toMatchObject({
      code: "HOOK.FAILED",
      message: "the critical hook audit failed: it threw TypeError",
    });
    expect(await run.state()).toBe("running");
    const { chunks, totals } = await run.progress();
    expect(chunks.running).toBe(0);
    expect(totals.scanned).toBeLessThan(300);
    isBroken = false;
    expect((await run.run()).outcome).toBe("done");
  });

  it("that hangs stops the job after half a minute", async () => {
    const run = await runWith(critical, (event) =>
      event.type === "page.done" ? new Promise<void>(() => {}) : undefined,
    );
    await expect(run.run()).rejects.toMatchObject({
      code: "HOOK.FAILED",
      message: "the critical hook audit failed: it did not answer within 30 s",
    });
    expect((await run.progress()).chunks.running).toBe(0);
  });

  it("that is slow is waited for: it misses nothing, and no page counts before it has heard of it", async () => {
    const heard: RekeyEvent[] = [];
    let pagesStored = 0;
    const run = await filledRun(40, {
      hooks: critical(async (event) => {
        await run.clock.sleep(50);
        heard.push(event);
      }),
      chunks: 1,
      execution: { workers: 1, pageSize: 1, checkpointIntervalMs: 1 },
    });
    run.store.beforeCall = (call) => {
      if (call !== "checkpoint" && call !== "finish") return;
      pagesStored += 1;
      expect(heard.filter(({ type }) => type === "page.done").length).toBeGreaterThanOrEqual(pagesStored);
    };
    await run.run();
    expect(heard.filter(({ type }) => type === "page.done").reduce(rowsOf, 0)).toBe(40);
    expect(heard.at(-1)).toMatchObject({ type: "job.finished", state: "done" });
    expect(pagesStored).toBeGreaterThan(5);
  });

  it("that misses the end of the job is told of, although the job is done", async () => {
    const run = await runWith(critical, (event) => {
      if (event.type === "job.finished") throw new TypeError("no");
    });
    await expect(run.run()).rejects.toMatchObject({ code: "HOOK.FAILED" });
    expect(await run.state()).toBe("done");
  });
});

describe("an ordinary hook", () => {
  it.each<[string, Hook["on"]]>([
    [
      "throws",
      () => {
        throw new TypeError("no");
      },
    ],
    ["rejects", () => Promise.reject(new TypeError("no"))],
    ["hangs", () => new Promise(() => {})],
  ])("that %s changes nothing", async (_, on) => {
    const run = await runWith(ordinary, vi.fn(on));
    expect((await run.run()).outcome).toBe("done");
    expect((await run.progress()).totals.scanned).toBe(300);
  });
});

function rowsOf(sum: number, event: RekeyEvent): number {
  return event.type === "page.done" ? sum + event.rows : sum;
}
