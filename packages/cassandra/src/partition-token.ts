import type { Client } from "cassandra-driver";

/** The token of a partition key given as raw column bytes, by the cluster's partitioner. */
export function partitionToken(metadata: Client["metadata"], parts: readonly Buffer[]): bigint {
  return BigInt(String(metadata.newToken(parts.length === 1 ? parts[0]! : composite(parts))));
}

/** A key of several columns: each with its length before it and a zero after it. */
function composite(parts: readonly Buffer[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(part.length);
      return [length, part, Buffer.alloc(1)];
    }),
  );
}
