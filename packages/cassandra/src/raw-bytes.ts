import cassandra, { type Client, type Host } from "cassandra-driver";

import { asBuffer } from "./as-buffer.ts";
import { readItems } from "./frozen-value.ts";

/** What of the driver's connections is looked at; it is not in the type declarations of 4.10. */
interface Connection {
  readonly encoder: Encoder;
}

interface Encoder {
  decode(bytes: Buffer | null, type: ColumnType): unknown;
}

interface ColumnType {
  readonly code: number;
  readonly info?: unknown;
}

interface Pool {
  readonly connections: readonly Connection[];
  /** Called with each connection that joins the pool, before it is used. */
  _addListeners(connection: Connection): void;
}

const { dataTypes } = cassandra.types;
const CONTAINERS = new Set<number>([
  dataTypes.custom,
  dataTypes.list,
  dataTypes.map,
  dataTypes.set,
  dataTypes.udt,
  dataTypes.tuple,
]);

/**
 * The bytes that decoded values came from: of tuples, UDTs, collections and vectors.
 *
 * CQL has no function that gives the bytes of such a value, and encoding it again is not the same: fields that the
 * driver does not know, shortened tuples and unusual numbers would be lost. So the decoder of each of the client's
 * connections notes them. What it returns, it returns as before, but for lists with nulls inside, such as `TTL` of a
 * map: the driver reads them as if a null had a length.
 */
export class RawBytes {
  readonly #bytes = new WeakMap<object, Buffer>();

  /** Notes the bytes of what this connected client decodes from now on. */
  watch(client: Client): void {
    for (const host of client.hosts.values()) this.#follow(host);
    client.on("hostAdd", (host: Host) => this.#follow(host));
  }

  /** The bytes of a decoded value, as long as it is in use; `undefined` when they are not known. */
  of(value: unknown): Buffer | undefined {
    return typeof value === "object" && value !== null ? this.#bytes.get(value) : undefined;
  }

  #follow(host: Host): void {
    const { pool } = host as unknown as { readonly pool: Pool };
    for (const connection of pool.connections) this.#listen(connection.encoder);
    const addListeners = pool._addListeners.bind(pool);
    pool._addListeners = (connection) => {
      this.#listen(connection.encoder);
      addListeners(connection);
    };
  }

  #listen(encoder: Encoder): void {
    const decode = encoder.decode.bind(encoder);
    let isInside = false;
    encoder.decode = (bytes, type) => {
      if (type.code === dataTypes.bigint && bytes?.length === 8) return bigIntOf(bytes);
      if (isInside || bytes === null || !CONTAINERS.has(type.code)) return decode(bytes, type);
      isInside = true;
      try {
        const value = type.code === dataTypes.list ? listOf(bytes, type, decode) : decode(bytes, type);
        if (typeof value === "object" && value !== null) this.#bytes.set(value, bytes);
        return value;
      } finally {
        isInside = false;
      }
    };
  }
}

const eightBytes = new DataView(new ArrayBuffer(8));

/**
 * As the driver reads it, with one `bigint` made instead of five: tokens and writetimes are half of what a page has. Node's
 * own `readBigInt64BE` makes as many.
 */
function bigIntOf(bytes: Buffer): bigint {
  eightBytes.setInt32(0, bytes.readInt32BE(0));
  eightBytes.setInt32(4, bytes.readInt32BE(4));
  return eightBytes.getBigInt64(0);
}

function listOf(bytes: Buffer, { info }: ColumnType, decode: Encoder["decode"]): unknown {
  if (bytes.length === 0) return null;
  return readItems(bytes).map((item) => decode(item && asBuffer(item), info as ColumnType));
}
