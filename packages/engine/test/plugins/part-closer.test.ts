import { RekeyError } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { expect, it, vi } from "vitest";
import { partCloser } from "../../src/plugins/part-closer.ts";

function close(dispose: () => Promise<void>) {
  const clock = new ManualClock();
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const closer = partCloser({ [Symbol.asyncDispose]: dispose }, 'The hook "acme"', { clock, logger });
  return { clock, logger, closed: closer[Symbol.asyncDispose]() };
}

it("waits for what closes, and says nothing", async () => {
  const dispose = vi.fn(async () => {});
  const { closed, logger, clock } = close(dispose);
  await closed;
  expect(dispose).toHaveBeenCalledOnce();
  await clock.advance(60_000);
  expect(logger.warn).not.toHaveBeenCalled();
});

it.each([
  () => Promise.reject(new TypeError("s3cret")),
  () => {
    throw new TypeError("s3cret");
  },
])("tells of what fails, without its text", async (dispose) => {
  const { closed, logger } = close(dispose);
  await closed;
  const [fields, message] = logger.warn.mock.calls[0]!;
  expect(message).toBe('The hook "acme" could not be closed');
  expect(fields).toEqual({ reason: expect.stringMatching(/^unexpected TypeError at [\w.-]+:\d+:\d+$/) });
});

it("leaves behind what hangs", async () => {
  const { closed, clock, logger } = close(() => new Promise(() => {}));
  await clock.run(Promise.resolve(closed));
  expect(clock.monotonicMs()).toBe(15_000);
  expect(logger.warn).toHaveBeenCalledWith(
    { waitedMs: 15_000 },
    'The hook "acme" did not close, and is left behind',
  );
});

it("passes errors of ours", async () => {
  const ours = new RekeyError("STATE.STORAGE", "disk full");
  await expect(close(() => Promise.reject(ours)).closed).rejects.toBe(ours);
});
