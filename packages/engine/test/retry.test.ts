import { RekeyError } from "@cassandra-rekey/core";
import { ManualClock, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it, vi } from "vitest";
import { backoffMs, withRetry } from "../src/retry.ts";

const policy = { attempts: 4, firstDelayMs: 100, longestDelayMs: 300 };
const busy = new RekeyError("CLUSTER.OVERLOADED", "made up");
const refused = new RekeyError("CLUSTER.UNAUTHORIZED", "made up");

function setUp() {
  const clock = new ManualClock();
  const onRetry = vi.fn();
  const tools = { clock, random: new SeededRandom(1), onRetry };
  const controller = new AbortController();
  const run = (attempt: () => Promise<unknown>) =>
    clock.run(withRetry(tools, policy, controller.signal, attempt));
  return { clock, controller, onRetry, run };
}

describe("withRetry", () => {
  it("tries again until it succeeds, and tells of each failure", async () => {
    const { run, onRetry } = setUp();
    const attempt = vi.fn().mockRejectedValueOnce(busy).mockRejectedValueOnce(busy).mockResolvedValue("done");
    expect(await run(attempt)).toBe("done");
    expect(onRetry.mock.calls).toEqual([
      [1, "CLUSTER.OVERLOADED"],
      [2, "CLUSTER.OVERLOADED"],
    ]);
  });

  it("gives up after the last attempt with the last error", async () => {
    const { run } = setUp();
    const attempt = vi.fn().mockRejectedValue(busy);
    await expect(run(attempt)).rejects.toBe(busy);
    expect(attempt).toHaveBeenCalledTimes(4);
  });

  it.each([
    ["an error that will not pass", refused],
    ["an error that is not ours", new TypeError("oops")],
  ])("does not repeat %s", async (_, error) => {
    const { run } = setUp();
    const attempt = vi.fn().mockRejectedValue(error);
    await expect(run(attempt)).rejects.toBe(error);
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it("waits as long as the error asks for", async () => {
    const { run, clock } = setUp();
    const later = new RekeyError("KEY.UNAVAILABLE", "made up", { retryAfterMs: 60_000 });
    await run(vi.fn().mockRejectedValueOnce(later).mockResolvedValue("done"));
    expect(clock.monotonicMs()).toBe(60_000);
  });

  it("waits five minutes at the most, whatever is asked for", async () => {
    const { run, clock } = setUp();
    const years = new RekeyError("KEY.UNAVAILABLE", "made up", { retryAfterMs: 1e12 });
    await run(vi.fn().mockRejectedValueOnce(years).mockResolvedValue("done"));
    expect(clock.monotonicMs()).toBe(300_000);
  });

  it("waits as it would unasked where what is asked for is no number", async () => {
    const { run, clock } = setUp();
    const broken = new RekeyError("KEY.UNAVAILABLE", "made up", { retryAfterMs: Number.NaN });
    await run(vi.fn().mockRejectedValueOnce(broken).mockResolvedValue("done"));
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(50);
  });

  it("stops waiting when it is aborted", async () => {
    const { run, controller, clock } = setUp();
    const running = run(vi.fn().mockRejectedValue(busy));
    clock.time.after(10, () => controller.abort("enough"));
    await expect(running).rejects.toBe("enough");
    expect(clock.monotonicMs()).toBe(10);
  });

  it("grows the delay with jitter up to its bound", () => {
    const random = new SeededRandom(2);
    for (const [tried, ceiling] of [
      [1, 100],
      [2, 200],
      [3, 300],
      [9, 300],
    ] as const) {
      const delay = backoffMs(policy, tried, random);
      expect(delay).toBeGreaterThanOrEqual(ceiling / 2);
      expect(delay).toBeLessThanOrEqual(ceiling);
    }
  });
});
