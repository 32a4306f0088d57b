import { Metadata } from "@grpc/grpc-js";
import type { GcpFailure } from "./gcp-failure.ts";

const TYPE = "type.googleapis.com/google.rpc.RetryInfo";

/**
 * How gRPC carries details of an error: a google.rpc.Status in a trailer, here with a RetryInfo that asks for a delay.
 * Written out by hand, because the client's own protobuf definitions are what it is there to test.
 */
export function retryInfo({ code, details }: GcpFailure, retryAfterMs: number): Metadata {
  const nanos = Math.round((retryAfterMs % 1000) * 1e6);
  const duration = Buffer.concat([number(1, Math.floor(retryAfterMs / 1000)), number(2, nanos)]);
  const detail = Buffer.concat([bytes(1, Buffer.from(TYPE)), bytes(2, bytes(1, duration))]);
  const metadata = new Metadata();
  metadata.set(
    "grpc-status-details-bin",
    Buffer.concat([number(1, code), bytes(2, Buffer.from(details)), bytes(3, detail)]),
  );
  return metadata;
}

function number(field: number, value: number): Buffer {
  return Buffer.from([field << 3, ...varint(value)]);
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(value.length)]), value]);
}

function varint(value: number): readonly number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low | 128, ...varint(Math.floor(value / 128))];
}
