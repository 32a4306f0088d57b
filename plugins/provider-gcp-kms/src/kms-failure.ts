import { RekeyError } from "@cassandra-rekey/core";
import { consolePath } from "./key-name.ts";
import { retryAfterMs } from "./retry-info.ts";

/** What a call was about, for messages and hints. */
export interface CallPlace {
  /** Such as `Decrypt`. */
  readonly operation: string;
  /** The key as it was named in the call. */
  readonly name: string;
  /** The key version label. */
  readonly version: string;
  /** Whether a call has succeeded before: then credentials that are gone are likely to come back. */
  readonly workedBefore: boolean;
}

interface ClientError {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** google.rpc.Code by number. */
const CODES = [
  "OK",
  "CANCELLED",
  "UNKNOWN",
  "INVALID_ARGUMENT",
  "DEADLINE_EXCEEDED",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "PERMISSION_DENIED",
  "RESOURCE_EXHAUSTED",
  "FAILED_PRECONDITION",
  "ABORTED",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
  "INTERNAL",
  "UNAVAILABLE",
  "DATA_LOSS",
  "UNAUTHENTICATED",
] as const;

const LASTING: readonly string[] = [
  "INVALID_ARGUMENT",
  "NOT_FOUND",
  "PERMISSION_DENIED",
  "FAILED_PRECONDITION",
  "OUT_OF_RANGE",
  "UNIMPLEMENTED",
];

/** Of the connection to the token service, mostly; a credentials file that is missing is no such thing. */
const NETWORK = /^E(CONN|TIMEDOUT|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH|PIPE)[A-Z]*$/;

/** Whether a Decrypt says that the wrapped key is not this key's, was bound otherwise or was tampered with. */
export function isRefusal(error: unknown): boolean {
  return codeOf(error) === "INVALID_ARGUMENT" && !isChecksum(error);
}

/** Whether a Decrypt says that what could unwrap the key is gone for good: nothing will ever open what is under it. */
export function isLost(error: unknown): boolean {
  return codeOf(error) === "FAILED_PRECONDITION" && stateIn(error) === "DESTROYED";
}

/**
 * What an error of the client means for a job: `KEY.UNAVAILABLE` for what passes, `KEY.REFUSED` for what stays until
 * somebody acts. Of a message only the key version and its state are told: the rest may quote what was sent.
 */
export function kmsFailure(error: unknown, place: CallPlace): RekeyError {
  const code = codeOf(error);
  const what = `Google Cloud KMS ${place.operation} with key ${place.version} (${place.name})`;
  const asked = retryAfterMs(error);
  const wait = asked === undefined ? {} : { retryAfterMs: asked };
  if (code === "RESOURCE_EXHAUSTED")
    return new RekeyError("KEY.UNAVAILABLE", `${what} is throttled (${code})`, {
      ...wait,
      hint: "The job waits and tries again. If it stays: ask for a higher Cloud KMS quota, or lower --workers.",
    });
  if (isChecksum(error)) return damaged(what, "the request");
  if (code === undefined || code === "UNAUTHENTICATED") {
    const network = networkCodeOf(error);
    if (network !== undefined || place.workedBefore)
      return new RekeyError(
        "KEY.UNAVAILABLE",
        `${what} failed for now (${network ?? code ?? "credentials"})`,
      );
    return new RekeyError(
      "KEY.REFUSED",
      `${what} was refused: no Google credentials were found or accepted`,
      {
        hint: "Set GOOGLE_APPLICATION_CREDENTIALS, run where a service account is attached, or `gcloud auth application-default login`.",
      },
    );
  }
  if (!LASTING.includes(code))
    return new RekeyError("KEY.UNAVAILABLE", `${what} failed for now (${code})`, wait);
  const { reason, hint } = explained(code, error, place);
  return new RekeyError("KEY.REFUSED", `${what} was refused: ${reason} (${code})`, { hint });
}

/** A reply or a request that lost its bytes on the way: asking again is right. */
export function damaged(what: string, part: "the request" | "the reply"): RekeyError {
  return new RekeyError("KEY.UNAVAILABLE", `${what} failed for now: ${part} was damaged on its way (crc32c)`);
}

function explained(code: string, error: unknown, { operation, name }: CallPlace) {
  switch (code) {
    case "FAILED_PRECONDITION": {
      const text = String((error as ClientError).message);
      const version = /projects\/[\w/.:-]+\/cryptoKeyVersions\/\d+/.exec(text)?.[0] ?? name;
      const state = stateIn(error) ?? "not usable";
      const act = ACTIONS[state] ?? "Enable";
      return {
        reason: `key version ${version} is ${state}`,
        hint: `${consolePath(version)}: ${act}; then \`run\` again.`,
      };
    }
    case "PERMISSION_DENIED":
      return {
        reason: "no permission",
        hint: `${consolePath(name)} > Permissions: give this service account the role Cloud KMS CryptoKey Encrypter/Decrypter (cloudkms.cryptoKeyVersions.useTo${operation === "Decrypt" ? "Decrypt" : "Encrypt"}); then \`run\` again.`,
      };
    case "NOT_FOUND":
      return { reason: "there is no such key", hint: "Check key_name, and the project's permissions." };
    default:
      return {
        reason: "the request is not accepted",
        hint: `${consolePath(name)}: the key must be for symmetric encryption and decryption.`,
      };
  }
}

const ACTIONS: Readonly<Record<string, string>> = {
  DESTROY_SCHEDULED: "Restore, while it is only scheduled for destruction, then Enable",
  DESTROYED: "it cannot be brought back, so make another version the primary one, or name another",
};

function stateIn(error: unknown): string | undefined {
  return /current state is: ([A-Z_]+)/.exec(String((error as ClientError).message))?.[1];
}

function codeOf(error: unknown): (typeof CODES)[number] | undefined {
  const { code } = (error ?? {}) as ClientError;
  return typeof code === "number" ? CODES[code] : undefined;
}

function networkCodeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as ClientError;
  return typeof code === "string" && NETWORK.test(code) ? code : undefined;
}

function isChecksum(error: unknown): boolean {
  return (
    codeOf(error) === "INVALID_ARGUMENT" && /checksum|crc32c/i.test(String((error as ClientError).message))
  );
}
