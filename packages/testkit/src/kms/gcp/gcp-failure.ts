import { status } from "@grpc/grpc-js";

/** An error as gRPC carries it. */
export class GcpFailure extends Error {
  readonly code: status;
  readonly details: string;

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

export function notFound(name: string): GcpFailure {
  return new GcpFailure(status.NOT_FOUND, `${name} not found.`);
}
