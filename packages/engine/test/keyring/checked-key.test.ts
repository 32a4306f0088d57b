import { type ClearCell, type EncryptionKey, RekeyError, type SealedCell } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { expect, it, vi } from "vitest";
import { checkedKey } from "../../src/keyring/checked-key.ts";
import { CONTEXT, sealedBy, sealedCell, testKey } from "../test-keys.ts";

const { signal } = new AbortController();
const CELLS = [{ plaintext: Buffer.from("p"), form: "binary" as const, context: CONTEXT }];
const SEALED = [sealedCell(sealedBy("v1", "p"))];

const clock = new ManualClock();
const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

/** A key that does something else than its type says, as nobody checked it. */
const key = (changes: object): EncryptionKey =>
  checkedKey({ ...testKey("v1"), ...changes }, "vault", { clock, logger });

it.each([
  [{ decrypt: undefined }, "without decrypt()"],
  [{ encrypt: 5 }, "without encrypt()"],
  [{ authenticates: undefined }, "that does not say whether it authenticates"],
  [{ writes: undefined }, "without writes: ascii, binary, verbatim"],
])("no key at all: %o", (changes, what) => {
  expect(() => key(changes)).toThrow(
    expect.objectContaining({ code: "PLUGIN.INVALID", message: `The provider "vault" made a key ${what}` }),
  );
});

it.each([
  [new TypeError("s3cret"), /^provider vault: decrypt of key v1 failed: unexpected TypeError at [\w.-]+:/],
  [
    new DOMException("s3cret", "AbortError"),
    /^provider vault: decrypt of key v1 failed: unexpected AbortError/,
  ],
  ["s3cret", /^provider vault: decrypt of key v1 failed: unexpected error$/],
  [undefined, /^provider vault: decrypt of key v1 failed: unexpected error$/],
])("what it throws names it, and repeats nothing: %o", async (error, message) => {
  const subject = key({
    decrypt: () => Promise.reject(error),
    encrypt: () => {
      throw error;
    },
    identify: () => {
      throw error;
    },
  });
  const expected = { code: "INTERNAL.INVARIANT", message: expect.stringMatching(message) };
  await expect(subject.decrypt(SEALED, signal)).rejects.toMatchObject(expected);
  await expect(subject.encrypt(CELLS, signal)).rejects.toThrow(/^provider vault: encrypt of key v1 failed/);
  expect(() => subject.identify?.(Buffer.of(1))).toThrow(/^provider vault: identify of key v1 failed/);
});

it("errors of ours, and what comes of an abort, pass as they are", async () => {
  const ours = new RekeyError("KEY.UNAVAILABLE", "vault is sealed");
  await expect(key({ decrypt: () => Promise.reject(ours) }).decrypt(SEALED, signal)).rejects.toBe(ours);
  const aborted = AbortSignal.abort("stop");
  const leaving = key({ decrypt: () => Promise.reject(aborted.reason) });
  await expect(leaving.decrypt(SEALED, aborted)).rejects.toBe("stop");
});

it.each([
  [undefined, "did not return a list"],
  [{ length: 1 }, "did not return a list"],
  [[], "returned 0 results for 1 cells"],
])("results that are not one for each cell break the contract: %o", async (results, what) => {
  const subject = key({ decrypt: async () => results, encrypt: async () => results });
  await expect(subject.decrypt(SEALED, signal)).rejects.toThrow(`decrypt of key v1 ${what}`);
  await expect(subject.encrypt(CELLS, signal)).rejects.toMatchObject({
    code: "KEY.CONTRACT",
    message: `encrypt of key v1 ${what}`,
  });
});

it.each([[undefined], [{}], [{ plaintext: "text" }], [{ refused: "s3cret\n" }]])(
  "a result that is neither plaintext nor refusal breaks the contract, repeated to nobody: %o",
  async (result) => {
    const plaintext = Buffer.from("p");
    const subject = key({ decrypt: async () => [{ plaintext }, result] });
    await expect(subject.decrypt([...SEALED, ...SEALED], signal)).rejects.toMatchObject({
      code: "KEY.CONTRACT",
      message: "decrypt of key v1 returned neither a plaintext nor a refusal",
    });
    expect(plaintext).toEqual(Buffer.of(0));
  },
);

it.each([
  ["text", "is not bytes"],
  [undefined, "is not bytes"],
  [new Uint8Array(), "an empty result"],
])("a ciphertext that is none breaks the contract: %o", async (result, what) => {
  await expect(key({ encrypt: async () => [result] }).encrypt(CELLS, signal)).rejects.toMatchObject({
    code: "KEY.CONTRACT",
    message: expect.stringContaining(what),
  });
});

it("a hole in a list is no result", async () => {
  const hole = new Array(1);
  await expect(key({ decrypt: async () => hole }).decrypt(SEALED, signal)).rejects.toThrow("neither");
  await expect(key({ encrypt: async () => hole }).encrypt(CELLS, signal)).rejects.toThrow("not bytes");
});

it("only a key that writes plaintext itself may write nothing, and for an empty plaintext alone", async () => {
  const subject = key({ writes: "verbatim", encrypt: async () => [new Uint8Array()] });
  const empty = { ...CELLS[0]!, plaintext: Buffer.of() };
  expect(await subject.encrypt([empty], signal)).toEqual([new Uint8Array()]);
  await expect(subject.encrypt(CELLS, signal)).rejects.toThrow("returned an empty result");
});

it.each(["yes", undefined, Promise.resolve("mine")])(
  "a verdict that is none breaks the contract: %o",
  (verdict) => {
    const subject = key({ identify: () => verdict });
    expect(() => subject.identify?.(Buffer.of(1))).toThrow(
      expect.objectContaining({
        code: "KEY.CONTRACT",
        message: "identify of key v1 said neither mine, nor foreign, nor unknown",
      }),
    );
  },
);

it("what a key hands on lies apart from what it was given", async () => {
  const subject = key({
    decrypt: async (batch: readonly SealedCell[]) =>
      batch.map(({ ciphertext }) => ({ plaintext: ciphertext.subarray(1) })),
    encrypt: async (batch: readonly ClearCell[]) => batch.map(({ plaintext }) => plaintext),
  });
  const read = sealedCell(Buffer.from("xp"));
  const [opened] = await subject.decrypt([read], signal);
  const [sealed] = await subject.encrypt(CELLS, signal);
  if ("plaintext" in opened!) opened.plaintext.fill(0);
  sealed!.fill(0);
  expect([String(read.ciphertext), String(CELLS[0]!.plaintext)]).toEqual(["xp", "p"]);
});

it("a key that keeps its contract is asked as itself", async () => {
  const inner = { ...testKey("v1"), usage: vi.fn(() => ({ calls: 3 })) };
  const subject = checkedKey(Object.freeze(inner), "vault", { clock, logger });
  const [sealed] = await subject.encrypt(CELLS, signal);
  expect(await subject.decrypt([sealedCell(Buffer.from(sealed!))], signal)).toEqual([
    { plaintext: Buffer.from("p") },
  ]);
  expect(subject.usage?.()).toEqual({ calls: 3 });
  expect(subject).toMatchObject({ version: "v1", authenticates: true, writes: inner.writes });
  expect(subject).not.toHaveProperty("identify");
});

it("what gives no answer is told of, keeps nobody from stopping at once, and is wiped when it comes late", async () => {
  const late = Promise.withResolvers<readonly unknown[]>();
  const abort = new AbortController();
  const waiting = key({ decrypt: () => late.promise }).decrypt(SEALED, abort.signal);
  await clock.advance(59_000);
  expect(logger.warn).not.toHaveBeenCalled();
  await clock.advance(1_000);
  expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
    { waitedMs: 60_000 },
    "provider vault: decrypt of key v1 gives no answer",
  );
  abort.abort("stop at once");
  await expect(waiting).rejects.toBe("stop at once");
  const plaintext = Buffer.from("p");
  late.resolve([{ plaintext }, undefined, 5]);
  await clock.time.idle();
  expect(plaintext).toEqual(Buffer.of(0));
});
