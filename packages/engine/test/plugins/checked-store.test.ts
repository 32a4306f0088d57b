import { RekeyError, type StateStore } from "@cassandra-rekey/core";
import { describeStateStore, ManualClock, MemoryStateStore, SeededRandom } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { checkedStore } from "../../src/plugins/checked-store.ts";

const { signal } = new AbortController();

/** A store with fields that only its own methods may see. */
class Store extends MemoryStateStore {
  constructor() {
    super(new ManualClock(), new SeededRandom(1));
  }
  override workers(): never {
    throw new TypeError("s3cret");
  }
  override progress(_: string, given: AbortSignal) {
    return Promise.reject(given.aborted ? given.reason : "s3cret");
  }
  override quarantined(): never {
    throw new TypeError("s3cret");
  }
  override async [Symbol.asyncDispose]() {
    throw new RangeError("not closed");
  }
  override async init(): Promise<never> {
    throw new RekeyError("STATE.STORAGE", "disk full");
  }
}

/** A store whose methods answer this, as nobody checked it. */
function answering(changes: object): StateStore {
  return checkedStore(
    Object.assign(new MemoryStateStore(new ManualClock(), new SeededRandom(1)), changes),
    "acme",
  );
}

const subject = (store: StateStore = new Store()) => checkedStore(store, "acme");

it("errors name the store and the call, without their text", async () => {
  const store = subject();
  const expected = { code: "INTERNAL.INVARIANT", hint: expect.stringContaining("its author") };
  const failed = (call: string) =>
    expect.stringMatching(`^state store acme: ${call} failed: unexpected TypeError at [\\w.-]+:\\d+:\\d+$`);
  await expect(store.workers("j", signal)).rejects.toMatchObject({ ...expected, message: failed("workers") });
  await expect(Array.fromAsync(store.quarantined("j", signal))).rejects.toMatchObject({
    ...expected,
    message: failed("quarantined"),
  });
  await expect(store.progress("j", signal)).rejects.toMatchObject({
    ...expected,
    message: "state store acme: progress failed: unexpected error",
  });
});

it("errors of ours, and what comes of an abort, pass as they are", async () => {
  await expect(subject().init(signal)).rejects.toMatchObject({ code: "STATE.STORAGE", message: "disk full" });
  await expect(subject().progress("j", AbortSignal.abort("stop"))).rejects.toBe("stop");
});

it("all else is the store's own, frozen or not", async () => {
  for (const inner of [new Store(), Object.freeze(new Store())]) {
    const store = subject(inner);
    expect(store.capabilities).toBe(inner.capabilities);
    expect(await store.jobs(signal)).toEqual([]);
    await expect(store[Symbol.asyncDispose]()).rejects.toThrow(RangeError);
    expect(await Promise.resolve(store)).toBe(store);
  }
});

it.each([
  [{ claim: undefined }, "without claim()"],
  [{ quarantined: 5 }, "without quarantined()"],
  [{ capabilities: undefined }, "with capabilities that are none: expected object, received undefined"],
  [
    { capabilities: { manyHosts: true } },
    "with capabilities that are none: checkpointIntervalMs: expected number, received undefined",
  ],
])("no state store at all: %o", (changes, what) => {
  expect(() => answering(changes)).toThrow(
    expect.objectContaining({ code: "PLUGIN.INVALID", message: `The state store "acme" was made ${what}` }),
  );
});

describe("an answer that is none names the store and the method, and repeats nothing of it", () => {
  const lease = { jobId: "j", table: "t", chunkId: 0, worker: "w", epoch: 1 };
  const checkpoint = { seq: 1, cursor: undefined, totals: {} as never };
  const calls = {
    init: (store) => store.init(signal),
    job: (store) => store.job("j", signal),
    jobs: (store) => store.jobs(signal),
    transition: (store) => store.transition("j", [], "done", signal),
    keepKeyChecks: (store) => store.keepKeyChecks("j", [], signal),
    keyChecks: (store) => store.keyChecks("j", signal),
    claim: (store) => store.claim("j", "w", 1, signal),
    checkpoint: (store) => store.checkpoint(lease, checkpoint, signal),
    finish: (store) => store.finish(lease, checkpoint, signal),
    release: (store) => store.release(lease, checkpoint, signal),
    fail: (store) => store.fail(lease, checkpoint, "e", false, signal),
    reopenYoung: (store) => store.reopenYoung("j", signal),
    reopenFailed: (store) => store.reopenFailed("j", signal),
    reclaim: (store) => store.reclaim("j", 1, signal),
    progress: (store) => store.progress("j", signal),
    workers: (store) => store.workers("j", signal),
    tune: (store) => store.tune("j", {}, "me", signal),
    controls: (store) => store.controls("j", signal),
    quarantined: (store) => Array.fromAsync(store.quarantined("j", signal)),
  } satisfies Partial<Record<keyof StateStore, (store: StateStore) => Promise<unknown>>>;

  it.each(Object.entries(calls))("%s", async (method, call) => {
    const none =
      method === "job" ? [null, "s3cret"] : [undefined, null, "s3cret", [undefined], { kind: "s3cret" }];
    for (const answer of none) {
      const given =
        method === "quarantined"
          ? async function* () {
              yield answer;
            }
          : async () => answer;
      const error = await call(answering({ [method]: given })).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: "PLUGIN.INVALID",
        message: expect.stringContaining(`The state store "acme" gave ${method}() an answer that is none: `),
      });
      expect(String(error)).not.toContain("s3cret");
    }
  });

  it("with the place inside of it", async () => {
    const { epoch: _, ...without } = lease;
    const store = answering({ claim: async () => ({ kind: "chunk", lease: without, chunk: {} }) });
    await expect(store.claim("j", "w", 1, signal)).rejects.toThrow(
      /claim\(\) an answer that is none: lease\.epoch: expected number, received undefined$/,
    );
  });
});

describeStateStore(
  { describe, it },
  {
    name: "a store that is looked at",
    clock: "driven",
    async create() {
      const clock = new ManualClock();
      const store = checkedStore(new MemoryStateStore(clock, new SeededRandom(1)), "acme");
      return {
        open: async () => store,
        elapse: (ms) => clock.advance(ms),
        [Symbol.asyncDispose]: async () => {},
      };
    },
  },
);
