import assert from "node:assert/strict";
import { bytes, NEVER, outcome, type ProviderCase, sameOutcomes, text } from "./scene.ts";

const STOP = new DOMException("the run ended", "AbortError");

/** Versions, aborting, overlapping calls, the end. */
export const lifecycleCases: readonly ProviderCase[] = [
  [
    "keys have versions of their own",
    async (scene) => {
      assert.equal(typeof scene.key.version, "string");
      assert.ok(scene.key.version.length > 0, "a version is not empty");
      assert.notEqual(scene.key.version, scene.other.version, "two keys, two versions");
      assert.equal((await scene.again()).version, scene.key.version, "the same key, the same version");
      assert.equal(typeof scene.key.authenticates, "boolean");
    },
  ],
  [
    "calls under an aborted signal reject",
    async (scene) => {
      const cell = {
        form: "binary",
        context: { keyspace: "k", table: "t", column: "c", primaryKey: [] },
      } as const;
      const [ciphertext] = await scene.key.encrypt([{ ...cell, plaintext: text("x") }], NEVER);
      const aborted = AbortSignal.abort(STOP);
      await assert.rejects(scene.key.encrypt([{ ...cell, plaintext: text("x") }], aborted), "encrypt");
      await assert.rejects(scene.key.decrypt([{ ...cell, ciphertext: ciphertext! }], aborted), "decrypt");
    },
  ],
  [
    "a call that is aborted half way settles, and the next one is right",
    async (scene) => {
      const cell = {
        form: "binary",
        context: { keyspace: "k", table: "t", column: "c", primaryKey: [] },
      } as const;
      const controller = new AbortController();
      const running = scene.key.encrypt([{ ...cell, plaintext: bytes(5000) }], controller.signal);
      controller.abort(STOP);
      await Promise.allSettled([running]);
      sameOutcomes(await scene.open(await scene.seal([text("after")])), [outcome(text("after"))], "after it");
    },
  ],
  [
    "a call that is aborted takes nothing from those beside it",
    async (scene) => {
      const place = { keyspace: "shop", table: "customer", column: "email", primaryKey: [text("7")] };
      const cell = { form: "binary", context: place } as const;
      const [sealed] = await scene.seal([text("beside")], { context: place });
      // Opened anew, so that the first call is the one that gets what a key needs.
      for (const call of ["encrypt", "decrypt"] as const) {
        const key = await scene.again();
        const stopped = new AbortController();
        const first =
          call === "encrypt"
            ? key.encrypt([{ ...cell, plaintext: text("stopped") }], stopped.signal)
            : key.decrypt([{ ...cell, ciphertext: sealed! }], stopped.signal);
        const beside =
          call === "encrypt"
            ? key.encrypt([{ ...cell, plaintext: text("beside") }], NEVER)
            : key.decrypt([{ ...cell, ciphertext: sealed! }], NEVER);
        stopped.abort(STOP);
        const [, settled] = await Promise.allSettled([first, beside]);
        assert.equal(settled.status, "fulfilled", `${call} beside one that was aborted`);
      }
    },
  ],
  [
    "usage is counted in whole calls, and never goes back",
    async (scene) => {
      if (!scene.key.usage) return;
      const before = scene.key.usage();
      await scene.open(await scene.seal([text("counted")]));
      const after = scene.key.usage();
      for (const { calls, cellsPerCall = 1, price } of [before, after]) {
        assert.ok(Number.isSafeInteger(calls) && calls >= 0, "a number of calls");
        assert.ok(cellsPerCall > 0, "a call serves cells");
        assert.ok(Number.isFinite(price?.per10000 ?? 0), "a price is a number");
      }
      assert.ok(after.calls >= before.calls, "what was called stays called");
    },
  ],
  [
    "overlapping batches don't mix",
    async (scene) => {
      const batches = Array.from({ length: 16 }, (_, batch) =>
        Array.from({ length: batch + 1 }, (_, cell) => bytes(cell * 11 + batch, batch * 100 + cell)),
      );
      const sealed = await Promise.all(batches.map((batch) => scene.seal(batch)));
      const opened = await Promise.all([
        ...sealed.map((batch) => scene.open(batch)),
        ...sealed.map((batch) => scene.open(batch.toReversed())),
      ]);
      batches.forEach((batch, index) => {
        sameOutcomes(opened[index]!, batch.map(outcome), `batch ${index}`);
        sameOutcomes(
          opened[batches.length + index]!,
          batch.map(outcome).reverse(),
          `batch ${index}, backwards`,
        );
      });
    },
  ],
  [
    "a key may be disposed of twice, and leaves other handles alone",
    async (scene) => {
      const key = await scene.again();
      await scene.seal([text("x")], {}, key);
      await key[Symbol.asyncDispose]();
      await key[Symbol.asyncDispose]();
      const opened = await scene.open(await scene.seal([text("still")]));
      sameOutcomes(opened, [outcome(text("still"))], "with a handle that is still open");
    },
  ],
];
