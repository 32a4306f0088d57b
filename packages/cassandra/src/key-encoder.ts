import cassandra from "cassandra-driver";

/** The driver's codec; public, but missing from its type declarations. */
interface Codec {
  encode(value: unknown, type: ColumnType): Buffer | null;
}

/** A CQL type as the driver describes it: `info` holds the inner types. */
export interface ColumnType {
  readonly code: number;
  readonly info?: unknown;
}

const { Encoder } = cassandra as unknown as {
  Encoder: new (protocolVersion: number, options: object) => Codec;
};
const { dataTypes } = cassandra.types;

/**
 * Encodes decoded key values (tuples, frozen UDTs and collections) of one type back to the bytes that they came from.
 * Protocol 4 and 5 lay these types out alike. Maps must come as `Map`, which keeps their order.
 */
export function keyEncoder(type: ColumnType): (value: unknown) => Buffer {
  // The driver's own encoders of containers turn an empty list into null and lose the end of a shortened tuple.
  const codec = new Encoder(4, { encoding: { useBigIntAsLong: true, map: Map } });
  return (value) => encode(codec, value, type);
}

function encode(codec: Codec, value: unknown, type: ColumnType): Buffer {
  switch (type.code) {
    case dataTypes.list:
    case dataTypes.set: {
      const items = [...(value as Iterable<unknown>)];
      return Buffer.concat([int(items.length), ...items.map((item) => part(codec, item, type.info))]);
    }
    case dataTypes.map: {
      const [keyType, valueType] = type.info as [ColumnType, ColumnType];
      const entries = [...(value as ReadonlyMap<unknown, unknown>)];
      const parts = entries.flatMap(([k, v]) => [part(codec, k, keyType), part(codec, v, valueType)]);
      return Buffer.concat([int(entries.length), ...parts]);
    }
    case dataTypes.tuple: {
      const { elements } = value as { elements: readonly unknown[] };
      return present(codec, elements, type.info as readonly ColumnType[]);
    }
    case dataTypes.udt: {
      const { fields } = type.info as { fields: readonly { name: string; type: ColumnType }[] };
      const values = fields.map((field) => (value as Record<string, unknown>)[field.name]);
      return present(
        codec,
        values,
        fields.map((field) => field.type),
      );
    }
    default:
      return codec.encode(value, type)!;
  }
}

/** A value written before its type got further fields ends earlier: what is not there stays away. */
function present(codec: Codec, values: readonly unknown[], types: readonly ColumnType[]): Buffer {
  const end = values.indexOf(undefined);
  const there = end === -1 ? values : values.slice(0, end);
  return Buffer.concat(there.map((value, index) => part(codec, value, types[index])));
}

function part(codec: Codec, value: unknown, type: unknown): Buffer {
  if (value === null) return int(-1);
  const bytes = encode(codec, value, type as ColumnType);
  return Buffer.concat([int(bytes.length), bytes]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
