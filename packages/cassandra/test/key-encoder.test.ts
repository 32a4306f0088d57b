import cassandra from "cassandra-driver";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ColumnType, keyEncoder } from "../src/key-encoder.ts";

const { dataTypes } = cassandra.types;
const { Encoder } = cassandra as unknown as {
  Encoder: new (version: number, options: object) => { decode(bytes: Buffer, type: ColumnType): unknown };
};
const driver = new Encoder(4, { encoding: { useBigIntAsLong: true, map: Map, copyBuffer: true } });

const type = (name: keyof typeof dataTypes, info?: unknown) =>
  ({ code: dataTypes[name] as number, info }) satisfies ColumnType;
const int = type("int");
const text = type("text");
const udt = (...fields: readonly { name: string; type: ColumnType }[]) => type("udt", { fields });

/** Length and bytes, as the protocol writes each part of a container. */
function part(bytes: Buffer | undefined): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes ? bytes.length : -1);
  return bytes ? Buffer.concat([length, bytes]) : length;
}
function count(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(n);
  return bytes;
}
const int4 = (n: number) => count(n);

function roundTrip(bytes: Buffer, of: ColumnType): Buffer {
  return keyEncoder(of)(driver.decode(bytes, of));
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const word = fc.string({ unit: "grapheme" }).map((value) => Buffer.from(value.toWellFormed()));

test("lists and sets come back byte for byte, empty ones as well", () => {
  fc.assert(
    fc.property(fc.array(int32), (items) => {
      const bytes = Buffer.concat([count(items.length), ...items.map((item) => part(int4(item)))]);
      expect(roundTrip(bytes, type("list", int))).toEqual(bytes);
      expect(roundTrip(bytes, type("set", int))).toEqual(bytes);
    }),
  );
});

test("maps keep their order and the types of their keys", () => {
  fc.assert(
    fc.property(fc.uniqueArray(int32), word, (keys, value) => {
      const entries = keys.flatMap((key) => [part(int4(key)), part(value)]);
      const bytes = Buffer.concat([count(keys.length), ...entries]);
      expect(roundTrip(bytes, type("map", [int, text]))).toEqual(bytes);
    }),
  );
  const blobs = Buffer.concat([count(1), part(Buffer.from("ff00", "hex")), part(Buffer.alloc(0))]);
  expect(roundTrip(blobs, type("map", [type("blob"), text]))).toEqual(blobs);
});

test("tuples and user-defined types keep nulls, empty texts and missing ends apart", () => {
  const both = [int, text];
  const named = udt({ name: "a", type: int }, { name: "b", type: text });
  const cases = [
    [part(int4(1)), part(Buffer.from("x"))],
    [part(undefined), part(Buffer.alloc(0))],
    [part(int4(-1)), part(undefined)],
    [part(int4(7))],
  ];
  for (const parts of cases) {
    const bytes = Buffer.concat(parts);
    expect(roundTrip(bytes, type("tuple", both))).toEqual(bytes);
    expect(roundTrip(bytes, named)).toEqual(bytes);
  }
});

test("containers inside containers come back, empty inner ones too", () => {
  const inner = type("list", int);
  const bytes = Buffer.concat([count(2), part(count(0)), part(Buffer.concat([count(1), part(int4(5))]))]);
  expect(roundTrip(bytes, type("list", inner))).toEqual(bytes);
  const tuple = Buffer.concat([part(bytes), part(undefined)]);
  expect(roundTrip(tuple, type("tuple", [type("list", inner), text]))).toEqual(tuple);
});

test("every native type inside a tuple comes back", () => {
  const values: readonly [keyof typeof dataTypes, string][] = [
    ["bigint", "8000000000000000"],
    ["blob", "00ff"],
    ["boolean", "01"],
    ["date", "80004d62"],
    ["decimal", "00000002ff64"],
    ["double", "bff0000000000001"],
    ["float", "7f800000"],
    ["inet", "20010db8000000000000000000000001"],
    ["inet", "7f000001"],
    ["smallint", "8000"],
    ["time", "00004e94914effff"],
    ["timestamp", "ffffffffffffffff"],
    ["timeuuid", "5b6962dd3f9011ee8f61eabfa4a803e2"],
    ["tinyint", "80"],
    ["uuid", "5b6962dd3f904c938f61eabfa4a803e2"],
    ["varint", "ff7f"],
  ];
  for (const [name, hex] of values) {
    const bytes = part(Buffer.from(hex, "hex"));
    expect(roundTrip(bytes, type("tuple", [type(name)])), name).toEqual(bytes);
  }
});
