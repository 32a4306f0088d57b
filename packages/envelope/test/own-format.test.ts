import { createSecretKey, hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openGcm } from "../src/index.ts";
import { CONTEXT, clear, NEVER, open, openKey, seal } from "./cells.ts";

const DATA_KEY = Buffer.alloc(32, 5);
const WRAPPED = Buffer.from("a wrapped key");

/** A key over a service that hands out one known data key. */
function pinned(parts: Parameters<typeof openKey>[0] = {}) {
  const opened = openKey(parts);
  opened.wrapper.generate = async () => ({ plaintext: Buffer.from(DATA_KEY), wrapped: WRAPPED });
  opened.wrapper.unwrap = async (wrapped) =>
    WRAPPED.equals(wrapped) ? { plaintext: Buffer.from(DATA_KEY) } : { refused: "not-authentic" };
  return opened.key;
}

function part(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

describe("the layout is the one that docs/formats/envelope.md specifies", () => {
  test("to the byte", async () => {
    const nonce = Buffer.alloc(12, 9);
    const [cell] = await pinned({ random: { bytes: () => nonce } }).encrypt([clear("hello")], NEVER);
    const keyIdHash = hash("sha256", Buffer.concat([part("key-1"), part(""), part("")]), "buffer");
    const header = Buffer.concat([
      Buffer.from("c1524b01", "hex"),
      keyIdHash.subarray(0, 8),
      Buffer.of(0, WRAPPED.length),
      WRAPPED,
    ]);
    expect(Buffer.from(cell!).subarray(0, header.length + 12)).toEqual(Buffer.concat([header, nonce]));
    expect(cell).toHaveLength(42 + WRAPPED.length + 5);
    expect(openGcm(createSecretKey(DATA_KEY), cell!.subarray(header.length), header)?.toString()).toBe(
      "hello",
    );
  });

  test("with templates, which change the key id hash and what the tag covers", async () => {
    const associatedData = "{table}/{primary_key}";
    const key = pinned({ associatedData, keyContext: { b: "{column}", a: "fixed" } });
    const [cell] = await key.encrypt(
      [clear("hello", { primaryKey: [Buffer.of(1), Buffer.of(2, 3)] })],
      NEVER,
    );
    const templates = Buffer.concat([part("a"), part("fixed"), part("b"), part("{column}")]);
    const identity = Buffer.concat([part("key-1"), part(associatedData), part(templates.toString("latin1"))]);
    const hashed = hash("sha256", identity, "buffer").subarray(0, 8);
    expect(Buffer.from(cell!.subarray(4, 12))).toEqual(hashed);
    const headerLength = 14 + WRAPPED.length;
    const primaryKey = Buffer.from("00000001" + "01" + "00000002" + "0203", "hex");
    const binding = [part("customer"), part("/"), part(primaryKey.toString("latin1"))];
    const covered = Buffer.concat([cell!.subarray(0, headerLength), ...binding]);
    expect(openGcm(createSecretKey(DATA_KEY), cell!.subarray(headerLength), covered)?.toString()).toBe(
      "hello",
    );
  });

  test("and begins with wVJL in base64", async () => {
    const [cell] = await seal(openKey().key, 1);
    expect(Buffer.from(cell!).toString("base64").startsWith("wVJL")).toBe(true);
  });
});

describe("identify", () => {
  test("tells keys apart by their names and their templates, without any call", async () => {
    const one = openKey();
    const others = [
      openKey({ keyId: "key-2" }),
      openKey({ associatedData: "{column}" }),
      openKey({ keyContext: { column: "{column}" } }),
    ];
    const [cell] = await seal(one.key, 1);
    expect(one.key.identify!(cell!)).toBe("mine");
    for (const { key, wrapper } of others) {
      expect(key.identify!(cell!)).toBe("foreign");
      expect(await open(key, [cell!])).toEqual(["<not-authentic>"]);
      expect(wrapper.calls).toEqual([]);
    }
  });

  test("knows a key by its other names", async () => {
    const { key, wrapper } = openKey({ keyId: "mrk in Ireland" });
    const [cell] = await seal(key, 1);
    const other = openKey({ keyId: "mrk in Oregon", knownAs: ["mrk in Ireland"], wrapper });
    expect(other.key.identify!(cell!)).toBe("mine");
    expect(await open(other.key, [cell!])).toEqual(["cell 0"]);
  });
});

describe("refusals", () => {
  test("each check of the specification has its word, before any call where none is needed", async () => {
    const { key, wrapper } = openKey();
    const [cell] = await seal(key, 1);
    const withLength = (length: number) => cell!.with(12, length >> 8).with(13, length & 255);
    const cases: readonly [Uint8Array, string][] = [
      [new Uint8Array(0), "<not-this-format>"],
      [cell!.with(3, 2), "<not-this-format>"],
      [cell!.with(4, cell![4]! ^ 1), "<not-authentic>"],
      [cell!.subarray(0, 11), "<not-authentic>"],
      [cell!.subarray(0, 13), "<corrupt>"],
      [withLength(0), "<corrupt>"],
      [Buffer.concat([withLength(8193), Buffer.alloc(9000)]), "<corrupt>"],
      [withLength(cell!.length - 14 - 27), "<corrupt>"],
    ];
    wrapper.calls.length = 0;
    expect(
      await open(
        key,
        cases.map(([bytes]) => bytes),
      ),
    ).toEqual(cases.map(([, word]) => word));
    expect(wrapper.calls).toEqual([]);
  });

  test("a tampered wrapped key is the service's answer, a tampered rest is corrupt", async () => {
    const { key } = openKey();
    const [cell] = await seal(key, 1);
    expect(await open(key, [cell!.with(20, cell![20]! ^ 1)])).toEqual(["<not-authentic>"]);
    expect(await open(key, [cell!.with(cell!.length - 1, cell!.at(-1)! ^ 1)])).toEqual(["<corrupt>"]);
  });

  test("the header is authenticated: a cell re-labelled with another name of the key does not open", async () => {
    const { key, wrapper } = openKey({ keyId: "a", knownAs: ["b"] });
    const [cell] = await seal(key, 1);
    const [label] = await seal(openKey({ keyId: "b", wrapper }).key, 1);
    const relabelled = Buffer.concat([label!.subarray(0, 12), cell!.subarray(12)]);
    expect(key.identify!(relabelled)).toBe("mine");
    expect(await open(key, [relabelled])).toEqual(["<corrupt>"]);
  });

  test("no bytes make it throw", async () => {
    const { key } = openKey();
    const [cell] = await seal(key, 1);
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((rest) => Uint8Array.of(...cell!.subarray(0, 12), ...rest)),
      fc.tuple(fc.nat(cell!.length), fc.uint8Array({ maxLength: 20 })).map(([at, more]) => {
        return Uint8Array.of(...cell!.subarray(0, at), ...more, ...cell!.subarray(at + more.length));
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { maxLength: 10 }), async (batch) => {
        const opened = await key.decrypt(
          batch.map((ciphertext) => ({ ciphertext, form: "binary", context: CONTEXT })),
          NEVER,
        );
        for (const [index, result] of opened.entries())
          if (!Buffer.from(cell!).equals(batch[index]!)) expect(result).toHaveProperty("refused");
      }),
    );
  });
});
