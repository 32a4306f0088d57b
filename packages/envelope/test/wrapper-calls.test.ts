import { once } from "node:events";
import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, test } from "vitest";
import { EnvelopeCounters } from "../src/index.ts";
import { NEVER, open, openKey, seal, sealed } from "./cells.ts";

const never = () => new Promise<never>(() => {});

describe("a call that is not answered", () => {
  test.each(["generate", "unwrap"] as const)(
    "ends at its deadline, whatever the wrapper does: %s",
    async (slow) => {
      const observer = new EnvelopeCounters();
      const cells = await seal(openKey().key, 1);
      const { key, wrapper, clock } = openKey({ observer, limits: { callTimeoutMs: 2000 } });
      wrapper.before = never;
      const running = slow === "unwrap" ? open(key, cells) : seal(key, 1);
      running.catch(() => {});
      await clock.advance(1999);
      expect(observer.failedCalls).toBe(0);
      await clock.advance(1);
      await expect(running).rejects.toMatchObject({
        code: "KEY.UNAVAILABLE",
        retryable: true,
        message: expect.stringContaining("within 2000 ms"),
      });
      expect(observer.failedCalls).toBe(1);
    },
  );

  test("tells the wrapper by its signal", async () => {
    const { key, wrapper, clock } = openKey();
    let seen: AbortSignal | undefined;
    wrapper.before = async (_, signal) => {
      seen = signal;
      await never();
    };
    const running = seal(key, 1);
    running.catch(() => {});
    await clock.advance(10_000);
    expect(seen?.aborted).toBe(true);
    await expect(running).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
  });

  test("has its raw data key wiped when it comes late after all", async () => {
    const { key, wrapper, clock } = openKey();
    const late = Promise.withResolvers<void>();
    const generate = wrapper.generate.bind(wrapper);
    wrapper.generate = async (context) => {
      await late.promise;
      return generate(context, NEVER);
    };
    const running = seal(key, 1);
    running.catch(() => {});
    await clock.advance(10_000);
    await expect(running).rejects.toMatchObject({ code: "KEY.UNAVAILABLE" });
    late.resolve();
    await clock.time.idle();
    expect(wrapper.handedOut).toEqual([new Uint8Array(32)].map(Buffer.from));
  });
});

describe("aborting", () => {
  test("rejects with the signal's reason at once, and the wrapper hears of it", async () => {
    const { key, wrapper } = openKey();
    let seen: AbortSignal | undefined;
    wrapper.before = (_, signal) => {
      seen = signal;
      return never();
    };
    const leaving = new AbortController();
    const running = seal(key, 1, leaving.signal);
    leaving.abort(new DOMException("paused", "AbortError"));
    await expect(running).rejects.toThrow("paused");
    expect(seen?.aborted).toBe(true);
  });

  test("leaves a data key to the batch that still waits for it", async () => {
    const { key, wrapper } = openKey();
    const answered = Promise.withResolvers<void>();
    wrapper.before = () => answered.promise;
    const leaving = new AbortController();
    const left = seal(key, 1, leaving.signal);
    const stayed = seal(key, 1);
    leaving.abort(new DOMException("paused", "AbortError"));
    await expect(left).rejects.toThrow("paused");
    answered.resolve();
    expect(await stayed).toHaveLength(1);
    expect(wrapper.generated).toBe(1);
  });
});

describe("errors", () => {
  test("what the wrapper classified passes as it is", async () => {
    const { key, wrapper } = openKey();
    const refused = new RekeyError("KEY.REFUSED", "key-1 is disabled", { hint: "Enable it." });
    wrapper.before = async () => {
      throw refused;
    };
    await expect(seal(key, 1)).rejects.toBe(refused);
  });

  test("what nobody classified is an outage, without its message", async () => {
    const { key, wrapper } = openKey();
    wrapper.before = async () => {
      throw new TypeError("secret-in-a-message");
    };
    const error = await seal(key, 1).then(
      () => undefined,
      (reason: RekeyError) => reason,
    );
    expect(error).toMatchObject({ code: "KEY.UNAVAILABLE", message: expect.stringContaining("TypeError") });
    expect(`${error?.message}${error?.stack}${error?.cause}`).not.toContain("secret-in-a-message");
  });

  test("the first failure of a batch calls the rest of it off", async () => {
    const writer = openKey({ limits: { cells: 1 } });
    const cells = await seal(writer.key, 50);
    const { key, wrapper } = openKey({ wrapper: writer.wrapper, limits: { parallelCalls: 4 } });
    wrapper.calls.length = 0;
    let calls = 0;
    const aborted: Promise<unknown>[] = [];
    wrapper.before = async (_, signal) => {
      calls += 1;
      if (calls === 4) throw new RekeyError("KEY.UNAVAILABLE", "throttled", { retryAfterMs: 500 });
      const abort = once(signal, "abort");
      aborted.push(abort);
      await abort;
    };
    await expect(open(key, cells)).rejects.toMatchObject({ message: "throttled", retryAfterMs: 500 });
    await Promise.all(aborted);
    // The slot of the call that failed may have been taken before the batch heard of it.
    expect(wrapper.unwrapped).toBeLessThanOrEqual(5);
  });

  test.each([
    ["a short data key", { plaintext: new Uint8Array(16), wrapped: Buffer.of(1) }],
    ["no wrapped key", { plaintext: new Uint8Array(32), wrapped: new Uint8Array(0) }],
    [
      "a wrapped key too long for the format",
      { plaintext: new Uint8Array(32), wrapped: new Uint8Array(8193) },
    ],
  ])("%s breaks the contract", async (_, material) => {
    const { key, wrapper } = openKey();
    wrapper.generate = async () => material;
    await expect(seal(key, 1)).rejects.toMatchObject({ code: "KEY.CONTRACT" });
  });

  test("an unwrapped key of another size opens nothing", async () => {
    const cells = await seal(openKey().key, 1);
    const { key, wrapper } = openKey();
    wrapper.unwrap = async () => ({ plaintext: new Uint8Array(16) });
    expect(await open(key, cells)).toEqual(["<not-authentic>"]);
  });
});

test("never more calls at once than the limit", async () => {
  const writer = openKey({ limits: { cells: 1 } });
  const cells = await seal(writer.key, 40);
  const { key, wrapper } = openKey({ wrapper: writer.wrapper, limits: { parallelCalls: 5 } });
  let running = 0;
  let most = 0;
  wrapper.before = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
  };
  await open(key, cells);
  expect(most).toBe(5);
});

test("raw data keys are wiped", async () => {
  const { key, wrapper } = openKey();
  await open(key, await seal(key, 3));
  expect(wrapper.handedOut).toHaveLength(2);
  for (const raw of wrapper.handedOut) expect(raw.every((byte) => byte === 0)).toBe(true);
});

test("disposing ends what is under way, closes the wrapper once, and the key is no more", async () => {
  const cells = await seal(openKey().key, 1);
  const { key, wrapper } = openKey();
  wrapper.before = never;
  const running = open(key, cells);
  running.catch(() => {});
  await key[Symbol.asyncDispose]();
  await key[Symbol.asyncDispose]();
  expect(wrapper.disposals).toBe(1);
  await expect(running).rejects.toMatchObject({ code: "INTERNAL.INVARIANT" });
  await expect(key.decrypt([sealed(cells[0]!)], NEVER)).rejects.toMatchObject({ code: "INTERNAL.INVARIANT" });
});
