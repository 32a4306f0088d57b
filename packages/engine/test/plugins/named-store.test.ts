import { RekeyError, type StateStore } from "@cassandra-rekey/core";
import { expect, it } from "vitest";
import { namedStore } from "../../src/plugins/named-store.ts";

const { signal } = new AbortController();

/** A store with a field that only its own methods may see. */
class Store {
  readonly capabilities = { manyHosts: true, checkpointIntervalMs: 5 };
  readonly #jobs = ["a job"];

  async jobs() {
    return this.#jobs;
  }
  async *quarantined() {
    yield* this.#jobs;
  }
  workers() {
    throw new TypeError("s3cret");
  }
  progress(_: string, given: AbortSignal) {
    return Promise.reject(given.aborted ? given.reason : "s3cret");
  }
  async [Symbol.asyncDispose]() {
    throw new RangeError(this.#jobs[0]);
  }
  async init() {
    throw new RekeyError("STATE.STORAGE", "disk full");
  }
}

const subject = (store: object = new Store()) => namedStore(store as StateStore, "acme");

it("errors name the store and the call, without their text", async () => {
  const store = subject();
  const expected = { code: "INTERNAL.INVARIANT", hint: expect.stringContaining("its author") };
  await expect((async () => store.workers("j", signal))()).rejects.toMatchObject({
    ...expected,
    message: expect.stringMatching(
      /^state store acme: workers failed: unexpected TypeError at [\w.-]+:\d+:\d+$/,
    ),
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
    expect(await store.jobs(signal)).toEqual(["a job"]);
    expect(await Array.fromAsync(store.quarantined("j", signal))).toEqual(["a job"]);
    expect(store.jobs).toBe(store.jobs);
    expect(store).toEqual(store);
    expect(store.claim).toBeUndefined();
    await expect(store[Symbol.asyncDispose]()).rejects.toThrow(RangeError);
    expect(await Promise.resolve(store)).toBe(store);
  }
});
