import type { Limit, Sample, Throttle } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { describeThrottle, type ManualClock, type ThrottleConformance } from "../src/index.ts";
import { failuresOf } from "./failures-of.ts";

/** A small, sound throttle: holds for ten seconds after a slow read. */
class Holding implements Throttle {
  readonly clock: ManualClock;
  slowAtMs: number | undefined;
  disposed = false;

  constructor(clock: ManualClock) {
    this.clock = clock;
  }
  limit(): Limit {
    if (this.slowAtMs === undefined || this.clock.monotonicMs() - this.slowAtMs >= 10_000) return {};
    return { inFlight: 1, hold: "reads are slow" };
  }
  observe(sample: Sample): void {
    if (sample.latencyMs > 1000) this.slowAtMs = this.clock.monotonicMs();
  }
  async [Symbol.asyncDispose]() {
    this.disposed = true;
  }
}

class Limiting extends Holding {
  override limit(): Limit {
    return super.limit().hold ? { inFlight: 1, reason: "reads are slow" } : {};
  }
}

const FLAWED: Readonly<Record<string, readonly [new (clock: ManualClock) => Throttle, string]>> = {
  "there is no reason": [
    class extends Limiting {
      override limit = () => (super.limit().inFlight ? { inFlight: 1 } : {});
    },
    "under pressure it limits or holds, and says why",
  ],
  "the reason is two lines": [
    class extends Limiting {
      override limit = () => ({ ...super.limit(), reason: "slow\nreads" });
    },
    "a new throttle holds nothing",
  ],
  "the limit is zero": [
    class extends Limiting {
      override limit = () => (super.limit().inFlight ? { inFlight: 0, reason: "reads are slow" } : {});
    },
    "under pressure it limits or holds, and says why",
  ],
  "the limit is no number": [
    class extends Limiting {
      override limit = () => ({ rowsPerSecond: Number.NaN, reason: "reads are slow" });
    },
    "strange samples are survived",
  ],
  "it holds from the start": [
    class extends Holding {
      override slowAtMs = 0;
    },
    "a new throttle holds nothing",
  ],
  "it never gives way": [
    class extends Holding {
      override observe() {}
    },
    "under pressure it limits or holds, and says why",
  ],
  "it never lets go": [
    class extends Holding {
      override limit = () => (this.slowAtMs === undefined ? {} : { hold: "reads are slow" });
    },
    "a hold ends by itself, because nothing is read under it",
  ],
  "asking is counted": [
    class extends Holding {
      #asked = 0;
      override limit = () => ({ ...super.limit(), inFlight: 1 + ++this.#asked, reason: "asked too often" });
    },
    "asking changes nothing",
  ],
  "a failed request is not expected": [
    class extends Holding {
      override observe(sample: Sample) {
        if (sample.error) throw new TypeError(sample.error);
        super.observe(sample);
      }
    },
    "strange samples are survived",
  ],
  "a late sample is not expected": [
    class extends Holding {
      override observe(sample: Sample) {
        if (this.disposed) throw new TypeError("disposed of");
        super.observe(sample);
      }
    },
    "it may be disposed of twice, and what still arrives does no harm",
  ],
  "its changes never end": [
    class extends Holding {
      readonly changes = {
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<void>>(() => {}) }),
      };
    },
    "its changes end when it is disposed of",
  ],
};

function conformanceOf(Kind: new (clock: ManualClock) => Throttle): ThrottleConformance {
  const read = { kind: "read", rows: 1, bytes: 1 } as const;
  return {
    name: "a throttle in memory",
    create: async (clock) => new Kind(clock),
    press: async (throttle) => throttle.observe({ ...read, latencyMs: 5000 }),
    relieve: async (_, clock) => clock.advance(15_000),
    measures: "samples",
  };
}

describeThrottle({ describe, it }, conformanceOf(Holding));
describeThrottle({ describe, it }, conformanceOf(Limiting));

describe("the suite fails a throttle", () => {
  it.each(Object.entries(FLAWED))("in which %s", async (_, [Kind, finder]) => {
    const failures = await failuresOf((runner) => describeThrottle(runner, conformanceOf(Kind)));
    expect([...failures.keys()]).toContain(finder);
  });
});
