import { describe, expect, it } from "vitest";
import type { CellContext } from "../src/cell.ts";
import { simpleKey } from "../src/simple-key.ts";

const context: CellContext = { keyspace: "k", table: "t", column: "c", primaryKey: [] };
const bytes = (text: string) => Buffer.from(text);
const sealed = (text: string) => ({ ciphertext: bytes(text), form: "binary" as const, context });
const clear = (text: string) => ({ plaintext: bytes(text), form: "binary" as const, context });
const { signal } = new AbortController();

const key = simpleKey({
  version: "v1",
  decrypt: async (value) => (value[0] === 0x21 ? value.subarray(1) : undefined),
  encrypt: (value) => Buffer.concat([bytes("!"), value]),
});

describe("simpleKey", () => {
  it("has the defaults of a key that authenticates and writes binary", () => {
    expect(key).toMatchObject({ version: "v1", authenticates: true, writes: "binary" });
  });

  it("maps a batch by position, and an undefined to a refusal", async () => {
    expect(await key.encrypt([clear("a"), clear("b")], signal)).toEqual([bytes("!a"), bytes("!b")]);
    expect(await key.decrypt([sealed("!a"), sealed("x"), sealed("!b")], signal)).toEqual([
      { plaintext: bytes("a") },
      { refused: "not-authentic" },
      { plaintext: bytes("b") },
    ]);
  });

  it("opens a value to nothing at all, which is not a refusal", async () => {
    expect(await key.decrypt([sealed("!")], signal)).toEqual([{ plaintext: bytes("") }]);
  });

  it("rejects the whole batch when a function throws, and when the run is aborted", async () => {
    const failing = simpleKey({
      version: "v1",
      decrypt: () => Promise.reject(new Error("away")),
      encrypt: (v) => v,
    });
    await expect(failing.decrypt([sealed("a")], signal)).rejects.toThrow("away");
    await expect(key.encrypt([clear("a")], AbortSignal.abort("stopped"))).rejects.toBe("stopped");
  });
});
