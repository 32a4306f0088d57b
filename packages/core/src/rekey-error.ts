import { CATALOGUE, type ErrorCode } from "./error-catalogue.ts";

const BRAND = Symbol.for("cassandra-rekey/error");

/** What a {@link RekeyError} is made of besides its code and message. */
export interface RekeyErrorDetails {
  /** What to do next; the catalogue's hint when left out. */
  readonly hint?: string;
  /** Whether the same call may succeed later; the catalogue's answer when left out. */
  readonly retryable?: boolean;
  /** How long the job should hold back before it tries again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
  /** Several problems found at once, each one line. */
  readonly problems?: readonly string[];
}

/**
 * The one error of this project. The message says what failed and where; the hint what to do next.
 * Neither ever holds a key, a plaintext or a ciphertext.
 */
export class RekeyError extends Error {
  override readonly name = "RekeyError";
  readonly code: ErrorCode;
  readonly hint: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, details: RekeyErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const entry = CATALOGUE[code];
    this.code = code;
    this.hint = details.hint ?? entry.hint;
    this.retryable = details.retryable ?? entry.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.problems = details.problems ?? [];
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** Whether an error is a {@link RekeyError}, of this or another copy of core. */
export function isRekeyError(error: unknown): error is RekeyError {
  return typeof error === "object" && error !== null && (error as Record<symbol, unknown>)[BRAND] === true;
}
