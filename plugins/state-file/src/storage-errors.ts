import { dirname } from "node:path";
import { RekeyError } from "@cassandra-rekey/core";

/** SQLite's primary result codes that are told apart. */
const CODES = {
  busy: 5,
  locked: 6,
  readonly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
} as const;

/** Whether another process holds a lock: the same call may succeed in a moment. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === CODES.busy || code === CODES.locked;
}

/** What a failure of SQLite or of the file system means for the state file. Other errors pass unchanged. */
export function explainStorageError(error: unknown, path: string): unknown {
  const system = (error as NodeJS.ErrnoException | undefined)?.code;
  const code = resultCode(error);
  if (isBusy(error)) {
    return new RekeyError("STATE.UNAVAILABLE", `the state file ${path} is locked by another process`, {
      cause: error,
    });
  }
  if (system === "EACCES" || system === "EROFS" || system === "EPERM" || code === CODES.readonly) {
    return storageError(`the state file ${path} cannot be read or written: no permission`, error);
  }
  if (system === "ENOENT" || system === "ENOTDIR" || code === CODES.cantOpen) {
    return storageError(
      `the state file ${path} cannot be opened; is the folder ${dirname(path)} there and writable?`,
      error,
    );
  }
  if (system === "ENOSPC" || system === "EDQUOT" || code === CODES.full) {
    return storageError(`the disk with the state file ${path} is full`, error);
  }
  if (code === CODES.notADatabase || code === CODES.corrupt) {
    return new RekeyError("STATE.CORRUPT", `${path} is not a readable SQLite database`, {
      cause: error,
      hint: "Move the file away, or point `state.path` to another one.",
    });
  }
  if (code === CODES.io || isSystemError(error)) {
    return storageError(
      `the state file ${path} cannot be read or written (${code === CODES.io ? "I/O error" : system})`,
      error,
    );
  }
  return error;
}

function storageError(message: string, cause: unknown): RekeyError {
  return new RekeyError("STATE.STORAGE", message, { cause });
}

function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}

function isSystemError(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | undefined)?.syscall === "string";
}
