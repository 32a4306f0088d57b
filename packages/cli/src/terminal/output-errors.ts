import { getSystemErrorMessage } from "node:util";
import { RekeyError } from "@cassandra-rekey/core";

/** What an {@link OutputErrors} needs of a stream; `process.stdout` and `process.stderr` have it. */
export interface OutputStream {
  prependListener(event: "error", listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean;
}

/**
 * Keeps a process alive whose output can no longer be written: its reader has gone (`| head`), its terminal has hung up,
 * or its disk is full. A run that is at work still has leases to give back.
 */
export class OutputErrors {
  readonly #met = new WeakSet<object>();
  #unwritten: RekeyError | undefined;

  /** From now on errors of these streams are heard, before anyone else hears them. */
  constructor(stdout: OutputStream, stderr: OutputStream) {
    stderr.prependListener("error", (error) => this.#met.add(error));
    stdout.prependListener("error", (error) => {
      this.#met.add(error);
      if (!isGone(stdout, error)) this.#unwritten ??= unwritable(error);
    });
  }

  /** Whether an error that nobody caught is one of a stream's: oclif throws those of standard output that are not EPIPE. */
  met(error: unknown): boolean {
    return error instanceof Error && this.#met.has(error);
  }

  /** Why a part of the result is missing on standard output, though somebody wants it. */
  get unwritten(): RekeyError | undefined {
    return this.#unwritten;
  }
}

/** Whether an error of a stream says that nobody reads it any more: no error of ours, and nothing that passes. */
export function isGone(stream: OutputStream, error: NodeJS.ErrnoException): boolean {
  const { code } = error;
  return code === "EPIPE" || code === "ECONNRESET" || (code === "EIO" && stream.isTTY === true);
}

function unwritable({ errno, code, message }: NodeJS.ErrnoException): RekeyError {
  const reason = errno === undefined ? message : `${getSystemErrorMessage(errno)} (${code})`;
  return new RekeyError("OUTPUT.UNWRITABLE", `standard output cannot be written: ${reason}`);
}
