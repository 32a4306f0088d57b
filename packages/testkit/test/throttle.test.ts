import { changeSignal, type Limit, type Sample, type Throttle } from "@cassandra-rekey/core";
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

class BytesOnly extends Holding {
  override limit(): Limit {
    return super.limit().hold ? { bytesPerSecond: 1_000_000, reason: "reads are slow" } : {};
  }
}

class Pausing extends Holding {
  override limit(): Limit {
    return super.limit().hold ? { pause: "reads are slow" } : {};
  }
}

/** Looks at something else than samples, and tells of it. */
class Looking extends Holding {
  readonly #signal = changeSignal();
  readonly changes = this.#signal.changes;
  override observe(sample: Sample): void {
    super.observe(sample);
    this.tell();
  }
  tell(): void {
    this.#signal.tell();
  }
  override async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.end();
    await super[Symbol.asyncDispose]();
  }
}

/** Goes by a threshold that can be tuned. */
class Tuned extends Holding {
  thresholdMs: number | undefined = 1000;
  override observe(sample: Sample): void {
    if (sample.latencyMs > this.thresholdMs!) this.slowAtMs = this.clock.monotonicMs();
  }
  tune({ thresholdMs = 1000 }: { readonly thresholdMs?: number }): boolean {
    this.thresholdMs = thresholdMs;
    return true;
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
  "the bytes are no number": [
    class extends Holding {
      override limit = () => ({ bytesPerSecond: Number.NaN, reason: "reads are slow" });
    },
    "strange samples are survived",
  ],
  "a pause is two lines": [
    class extends Pausing {
      override limit = () => (super.limit().pause ? { pause: "slow\nreads" } : {});
    },
    "under pressure it limits or holds, and says why",
  ],
  "it asks for a pause for ever": [
    class extends Pausing {
      override limit = () => (this.slowAtMs === undefined ? {} : { pause: "reads are slow" });
    },
    "without the pressure it lets go",
  ],
  "nodes are named without their port": [
    class extends Limiting {
      override limit = () =>
        super.limit().inFlight ? { perHost: new Map([["10.0.0.1", 1]]), reason: "that one is slow" } : {};
    },
    "under pressure it limits or holds, and says why",
  ],
  "a tuned threshold stays": [
    class extends Tuned {
      override tune({ thresholdMs }: { readonly thresholdMs?: number }) {
        this.thresholdMs = thresholdMs;
        return true;
      }
    },
    "a threshold that was tuned is given back",
  ],
  "it does not say whether it was tuned": [
    class extends Tuned {
      override tune(settings: { readonly thresholdMs?: number }) {
        super.tune(settings);
        return undefined as unknown as boolean;
      }
    },
    "a threshold that was tuned is given back",
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

function conformanceOf(
  Kind: new (clock: ManualClock) => Throttle,
  measures: ThrottleConformance["measures"] = "samples",
): ThrottleConformance {
  const read = { kind: "read", rows: 1, bytes: 1 } as const;
  return {
    name: "a throttle in memory",
    create: async (clock) => new Kind(clock),
    press: async (throttle) => throttle.observe({ ...read, latencyMs: 5000 }),
    relieve: async (_, clock) => clock.advance(15_000),
    measures,
  };
}

describeThrottle({ describe, it }, conformanceOf(Holding));
for (const Kind of [Limiting, BytesOnly, Pausing, Tuned])
  describeThrottle({ describe, it }, conformanceOf(Kind));
describeThrottle({ describe, it }, conformanceOf(Looking, "itself"));

describe("the suite fails a throttle", () => {
  it("that looks by itself and does not tell", async () => {
    class Silent extends Looking {
      override tell(): void {}
    }
    const failures = await failuresOf((runner) => describeThrottle(runner, conformanceOf(Silent, "itself")));
    expect([...failures.keys()]).toEqual(["what looks by itself tells of a change"]);
  });

  it.each(Object.entries(FLAWED))("in which %s", async (_, [Kind, finder]) => {
    const failures = await failuresOf((runner) => describeThrottle(runner, conformanceOf(Kind)));
    expect([...failures.keys()]).toContain(finder);
  });
});
