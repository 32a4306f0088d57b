import cassandra from "cassandra-driver";

/** The driver's codec; public, but missing from its type declarations. */
interface Codec {
  encode(value: unknown, type: unknown): Buffer;
}

const { Encoder } = cassandra as unknown as {
  Encoder: new (protocolVersion: number, options: object) => Codec;
};

/**
 * Encodes decoded key values (tuples, frozen UDTs and collections) of one type back to raw bytes. Protocol 4 and 5
 * lay these types out alike.
 */
export function keyEncoder(type: unknown): (value: unknown) => Buffer {
  const codec = new Encoder(4, { encoding: { useBigIntAsLong: true } });
  return (value) => codec.encode(value, type);
}
