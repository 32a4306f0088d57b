import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { cut, FernetRuns } from "../src/fernet-runs.ts";
import { FernetSecret } from "../src/fernet-secret.ts";
import { clear, damaged, keyOf, open, seal, sealed } from "./cells.ts";
import { plainSign } from "./plain-fernet.ts";

const RUN_BYTES = 64 * 1024;

test("runs keep every cell in its order, and are as long as they may be", () => {
  const lengths = fc.array(fc.oneof(fc.nat(200), fc.nat(RUN_BYTES), fc.nat(3 * RUN_BYTES)), {
    maxLength: 40,
  });
  const sum = (run: readonly number[]) => run.reduce((total, length) => total + length, 0);
  fc.assert(
    fc.property(lengths, (batch) => {
      const runs = cut(batch, (length) => length);
      expect(runs.flat()).toEqual(batch);
      runs.forEach((run, index) => {
        if (run.length > 1) expect(sum(run)).toBeLessThanOrEqual(RUN_BYTES);
        const next = runs[index + 1];
        if (next) expect(sum(run) + next[0]!).toBeGreaterThan(RUN_BYTES);
      });
    }),
  );
});

test("a batch of many runs is answered cell by cell", async () => {
  const key = keyOf(randomBytes(32));
  const plaintexts = Array.from({ length: 400 }, (_, index) => randomBytes((index * 37) % 1500));
  plaintexts[200] = randomBytes(2 * RUN_BYTES);
  const tokens = await seal(key, plaintexts);
  const bad = (index: number) => index % 7 === 3;
  const opened = await open(
    key,
    tokens.map((token, index) => (bad(index) ? damaged(token) : token)),
  );
  opened.forEach((result, index) => {
    if (bad(index)) expect(result).toBe("not-authentic");
    else expect(Buffer.isBuffer(result) && result.equals(plaintexts[index]!)).toBe(true);
  });
});

/** Keeps hold of the memory in which plaintexts stood. */
class Watched extends FernetSecret {
  readonly memory: Buffer[] = [];
  override encrypt(run: Buffer): Buffer {
    this.memory.push(run);
    return super.encrypt(run);
  }
  override decrypt(run: Buffer): Buffer {
    const clear = super.decrypt(run);
    this.memory.push(clear);
    return clear;
  }
}

test.each([10, 2 * RUN_BYTES])("a plaintext of %i bytes is wiped once it is sealed", (length) => {
  const secret = new Watched(randomBytes(32));
  new FernetRuns(secret).seal([clear(Buffer.alloc(length, 0x5a))], 1n, (count) => randomBytes(count));
  expect(secret.memory.map((memory) => memory.some((byte) => byte !== 0))).toEqual([false]);
});

test("what was decrypted and is no plaintext is wiped", () => {
  const bytes = randomBytes(32);
  const secret = new Watched(bytes);
  const unpadded = plainSign(bytes, Buffer.concat([Buffer.of(0x80), randomBytes(56)]));
  expect(new FernetRuns(secret).open([sealed(unpadded)])).toEqual([{ refused: "corrupt" }]);
  expect(secret.memory[0]!.subarray(16)).toEqual(Buffer.alloc(32));
});
