import { changeSignal } from "./change-signal.ts";
import type { Clock } from "./clock.ts";
import type { Limit, Sample, Throttle } from "./throttle.ts";

/** What a {@link pollingThrottle} goes by. */
export interface Lookout {
  /** Looks again. What it finds is for `limit` to say; a look that rejects changes nothing, unless it is the first. */
  look(signal: AbortSignal): Promise<void>;
  limit(): Limit;
  /** {@link Throttle.observe} */
  observe?(sample: Sample): void;
}

/**
 * A throttle that looks at something again and again until it is disposed of, and tells after each look. It looks once
 * before it is there.
 *
 * @param every - How long to wait between two looks, milliseconds, and by which clock.
 * @throws What the first look rejects with.
 */
export async function pollingThrottle(
  lookout: Lookout,
  every: { readonly intervalMs: number; readonly clock: Pick<Clock, "sleep"> },
): Promise<Throttle> {
  const ended = new AbortController();
  const { signal } = ended;
  const changed = changeSignal();
  await lookout.look(signal);
  const keepLooking = async () => {
    while (!signal.aborted) {
      await every.clock.sleep(every.intervalMs, signal).catch(() => {});
      if (signal.aborted) return;
      await lookout.look(signal).catch(() => {});
      if (!signal.aborted) changed.tell();
    }
  };
  const looking = keepLooking();
  return {
    changes: changed.changes,
    limit: () => lookout.limit(),
    observe: (sample) => lookout.observe?.(sample),
    async [Symbol.asyncDispose]() {
      ended.abort();
      changed.end();
      await looking;
    },
  };
}
