import { createDecipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { looksLikeReference } from "../src/index.ts";
import { clear, NEVER, open, openKey, random, sealed } from "./cells.ts";
// Written by AwsKmsProvider of the Python tool 0.1.0 over a stand-in for boto3's client.
import written from "./fixtures/reference-tool.json" with { type: "json" };

/** A key over a service that unwraps what the Python tool's stand-in wrapped. */
function referenceKey(nonces = random) {
  const opened = openKey({ format: "reference", random: nonces });
  opened.wrapper.unwrap = async (wrapped) => {
    const found = written.find((cell) => cell.wrapped === Buffer.from(wrapped).toString("hex"));
    return found ? { plaintext: Buffer.from(found.dataKey, "hex") } : { refused: "not-authentic" };
  };
  return opened;
}

test("opens what the Python tool wrote", async () => {
  const opened = await referenceKey().key.decrypt(
    written.map(({ ciphertext }) => sealed(Buffer.from(ciphertext, "hex"))),
    NEVER,
  );
  const plaintexts = opened.map(
    (result) => "plaintext" in result && Buffer.from(result.plaintext).toString("hex"),
  );
  expect(plaintexts).toEqual(written.map(({ plaintext }) => plaintext));
});

test.each(written)(
  "writes the same bytes, given the same data key and nonce ($plaintext.length)",
  async (cell) => {
    const ciphertext = Buffer.from(cell.ciphertext, "hex");
    const wrapped = Buffer.from(cell.wrapped, "hex");
    const nonce = ciphertext.subarray(4 + wrapped.length, 16 + wrapped.length);
    const { key, wrapper } = referenceKey({ bytes: () => nonce });
    wrapper.generate = async () => ({ plaintext: Buffer.from(cell.dataKey, "hex"), wrapped });
    const [fresh] = await key.encrypt([clear(Buffer.from(cell.plaintext, "hex"))], NEVER);
    expect(Buffer.from(fresh!).toString("hex")).toBe(cell.ciphertext);
  },
);

test("binds nothing: the tag covers the plaintext alone", async () => {
  const { key, wrapper } = openKey({ format: "reference" });
  const dataKey = Buffer.alloc(32, 3);
  wrapper.generate = async () => ({ plaintext: Buffer.from(dataKey), wrapped: Buffer.of(1) });
  wrapper.unwrap = async () => ({ plaintext: Buffer.from(dataKey) });
  const [cell] = await key.encrypt([clear("hello")], NEVER);
  const decipher = createDecipheriv("aes-256-gcm", dataKey, cell!.subarray(5, 17));
  decipher.setAuthTag(cell!.subarray(-16));
  expect(Buffer.concat([decipher.update(cell!.subarray(17, -16)), decipher.final()]).toString()).toBe(
    "hello",
  );
});

test.each([{ associatedData: "{column}" }, { keyContext: { column: "{column}" } }])(
  "refuses to be bound (%j)",
  (binding) => {
    expect(() => openKey({ format: "reference", ...binding })).toThrow(
      expect.objectContaining({ code: "CONFIG.INVALID" }),
    );
  },
);

describe("what it takes for its own", () => {
  const [cell] = written.map(({ ciphertext }) => Buffer.from(ciphertext, "hex"));
  const withLength = (length: number) => {
    const changed = Buffer.from(cell!);
    changed.writeUInt32BE(length);
    return changed;
  };
  const cases: readonly [string, Buffer, string][] = [
    ["nothing", Buffer.alloc(0), "<not-this-format>"],
    ["no wrapped key", withLength(0), "<not-this-format>"],
    ["more than there is", withLength(8000), "<not-this-format>"],
    [
      "a wrapped key that is too long",
      Buffer.concat([withLength(8193), Buffer.alloc(9000)]),
      "<not-this-format>",
    ],
    ["a cut tag", cell!.subarray(0, -1), "<not-this-format>"],
    ["another wrapped key", cell!.with(4, 0) as Buffer, "<not-authentic>"],
    ["a changed tag", cell!.with(cell!.length - 1, cell!.at(-1)! ^ 1) as Buffer, "<not-authentic>"],
  ];

  test.each(cases)("%s: %#", async (_, bytes, word) => {
    const { key } = referenceKey();
    expect(await open(key, [bytes])).toEqual([word]);
    const foreign = word === "<not-this-format>";
    expect(key.identify!(bytes)).toBe(foreign ? "foreign" : "unknown");
    expect(looksLikeReference(bytes)).toBe(!foreign);
  });

  test("any bytes: never throws", async () => {
    const { key } = referenceKey();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (bytes) => {
        const framed = Uint8Array.of(0, 0, 0, bytes.length >> 1, ...bytes);
        for (const word of await open(key, [bytes, framed])) expect(word).toMatch(/^<not-/);
      }),
    );
  });
});
