import type { TableShape } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";
import { asBuffer } from "./as-buffer.ts";
import type { ClusterSession } from "./cluster-session.ts";

/** One key column of a row, as people read it. */
export interface ReadableKeyPart {
  readonly column: string;
  /** As CQL shows it, strings without quotes; `0x…` where the bytes are not of the column's type. */
  readonly text: string;
}

/** A CQL type as the driver describes it: `info` holds the inner types. */
interface ColumnType {
  readonly code: number;
  readonly info?: unknown;
}

interface Decoder {
  decode(bytes: Buffer, type: ColumnType): unknown;
}

const { Encoder } = cassandra as unknown as {
  Encoder: new (protocolVersion: number, options: object) => Decoder;
};
const { dataTypes } = cassandra.types;

/** Makes raw key bytes of a table readable, by its live schema. Primary keys are personal data: nothing logs them. */
export async function openKeyReader(
  session: ClusterSession,
  table: Pick<TableShape, "keyspace" | "name" | "partitionKey" | "clusteringKey">,
): Promise<(key: readonly Uint8Array[]) => readonly ReadableKeyPart[]> {
  const described = await session.client.metadata.getTable(table.keyspace, table.name);
  const types = (described?.columnsByName ?? {}) as Readonly<Record<string, { readonly type: ColumnType }>>;
  const columns = [...table.partitionKey, ...table.clusteringKey];
  const decoder = new Encoder(4, { encoding: { useBigIntAsLong: true, map: Map } });
  return (key) =>
    key.map((bytes, index) => {
      const column = columns[index]?.name ?? `#${index + 1}`;
      return { column, text: readable(decoder, asBuffer(bytes), types[column]?.type) };
    });
}

function readable(decoder: Decoder, bytes: Buffer, type: ColumnType | undefined): string {
  const raw = `0x${bytes.toString("hex")}`;
  if (!type) return raw;
  try {
    return textOf(decoder.decode(bytes, type), type);
  } catch {
    return raw;
  }
}

function textOf(value: unknown, type: ColumnType): string {
  if (value === null || value === undefined) return "null";
  if (Buffer.isBuffer(value)) return `0x${value.toString("hex")}`;
  if (value instanceof Date) return value.toISOString();
  const inner = type.info;
  switch (type.code) {
    case dataTypes.list:
      return `[${all(value as Iterable<unknown>, inner)}]`;
    case dataTypes.set:
      return `{${all(value as Iterable<unknown>, inner)}}`;
    case dataTypes.map: {
      const [keys, values] = inner as [ColumnType, ColumnType];
      const entries = [...(value as ReadonlyMap<unknown, unknown>)];
      return `{${entries.map(([k, v]) => `${textOf(k, keys)}: ${textOf(v, values)}`).join(", ")}}`;
    }
    case dataTypes.tuple: {
      const { elements } = value as { elements: readonly unknown[] };
      return `(${elements.map((item, at) => textOf(item, (inner as ColumnType[])[at]!)).join(", ")})`;
    }
    case dataTypes.udt: {
      const { fields } = inner as { fields: readonly { name: string; type: ColumnType }[] };
      const own = value as Readonly<Record<string, unknown>>;
      return `{${fields.map(({ name, type: of }) => `${name}: ${textOf(own[name], of)}`).join(", ")}}`;
    }
    default:
      return String(value);
  }
}

function all(items: Iterable<unknown>, type: unknown): string {
  return [...items].map((item) => textOf(item, type as ColumnType)).join(", ");
}
