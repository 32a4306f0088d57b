import { RekeyError } from "@cassandra-rekey/core";
import { retryAfterMs } from "./retry-after.ts";

/** What a call was about, for messages and hints. */
export interface CallPlace {
  /** Such as `Decrypt`; the permission is `kms:` and this. */
  readonly operation: string;
  /** The key as it was named in the call. */
  readonly keyId: string;
  readonly region: string;
  /** The key version label. */
  readonly version: string;
  /** Whether a call has succeeded before: then credentials that are gone are likely to come back. */
  readonly workedBefore: boolean;
  /** The credentials are of a session that has expired, and nothing renews it while this process runs. */
  readonly isSessionOver?: boolean;
}

interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/;
const EXPIRED = /^ExpiredToken/;
/** Client errors by their status that pass by themselves. */
const PASSING = /^(DependencyTimeout|KeyUnavailable|RequestTimeout|ExpiredToken|RequestExpired)/;
const NO_CREDENTIALS = /^(CredentialsProviderError|TokenProviderError|ProviderError)$/;

/**
 * The service's own words for a ciphertext under a key that this caller cannot know; moto leaves them out, and the SDK
 * puts its own in their place. A permission that is missing is always named.
 */
const FOREIGN_CIPHERTEXT = /^(The ciphertext refers to|$|Unknown)/;

/** Whether the error says something about the wrapped key alone: not this key's, bound otherwise, or tampered with. */
export function isRefusal(error: unknown): boolean {
  const { name, message } = error as SdkError;
  if (name === "InvalidCiphertextException" || name === "IncorrectKeyException") return true;
  return (
    name === "AccessDeniedException" && FOREIGN_CIPHERTEXT.test(typeof message === "string" ? message : "")
  );
}

/** Whether the error says that the credentials are of a session that is over. */
export function hasExpired(error: unknown): boolean {
  return EXPIRED.test(nameOf(error));
}

/**
 * What an error of the SDK means for a job: `KEY.UNAVAILABLE` for what passes, `KEY.REFUSED` for what stays until
 * somebody acts. Only names, codes and the request id are told: messages may quote what was sent.
 */
export function kmsFailure(error: unknown, place: CallPlace): RekeyError {
  const { $metadata, $response } = error as SdkError;
  const name = nameOf(error);
  const status = $metadata?.httpStatusCode;
  const requestId = /^[\w-]{8,64}$/.test($metadata?.requestId ?? "")
    ? `, request ${$metadata!.requestId}`
    : "";
  const what = whatWas(place);
  const asked = retryAfterMs($response?.headers);
  const wait = asked === undefined ? {} : { retryAfterMs: asked };
  if (THROTTLED.test(name) || status === 429)
    return new RekeyError("KEY.UNAVAILABLE", `${what} is throttled (${name}${requestId})`, {
      ...wait,
      hint: "The job waits and tries again. If it stays: ask for a higher KMS request quota, or lower --workers.",
    });
  if (place.isSessionOver)
    return new RekeyError(
      "KEY.REFUSED",
      `${what} was refused: the AWS session is over (${name}${requestId})`,
      {
        hint: "Log in again or renew the session's credentials; then `run` again. A profile with role_arn, credential_process or sso_session, and a role of the host, renew theirs by themselves.",
      },
    );
  const lasting =
    NO_CREDENTIALS.test(name) && !place.workedBefore
      ? true
      : status !== undefined && status >= 400 && status < 500 && status !== 408 && !PASSING.test(name);
  // What the SDK's parser throws: a page of a proxy, or of another server at this address.
  if (name === "SyntaxError") {
    const answer = status === undefined ? "" : ` (HTTP ${status})`;
    return notKms(
      lasting ? "KEY.REFUSED" : "KEY.UNAVAILABLE",
      `${what}: what answered is not AWS KMS${answer}`,
    );
  }
  if (!lasting)
    return new RekeyError("KEY.UNAVAILABLE", `${what} failed for now (${name}${requestId})`, wait);
  return new RekeyError("KEY.REFUSED", `${what} was refused: ${reasonOf(name)} (${name}${requestId})`, {
    hint: hintFor(name, place),
  });
}

/**
 * A reply that lacks what was asked for. KMS makes none such: it says nothing about a wrapped key, least of all that it is
 * another key's.
 */
export function incompleteReply(place: CallPlace): RekeyError {
  return notKms("KEY.UNAVAILABLE", `${whatWas(place)}: the reply lacks what was asked for`);
}

function whatWas({ operation, keyId, region, version }: CallPlace): string {
  return `AWS KMS ${operation} with key ${version} (${keyId}, ${region})`;
}

function notKms(code: "KEY.REFUSED" | "KEY.UNAVAILABLE", message: string): RekeyError {
  const waits = code === "KEY.UNAVAILABLE" ? "A job waits and tries again. If it stays: check" : "Check";
  return new RekeyError(code, message, {
    hint: `${waits} the key's endpoint, and what is on the way to it, such as a proxy.`,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  DisabledException: "the key is disabled",
  KMSInvalidStateException: "the key's state does not allow it, as when it is pending deletion",
  AccessDeniedException: "no permission",
  NotFoundException: "there is no such key in this region",
  InvalidKeyUsageException: "the key is not for encryption",
};

function reasonOf(name: string): string {
  if (NO_CREDENTIALS.test(name)) return "no AWS credentials were found";
  return REASONS[name] ?? "the request is not accepted";
}

function hintFor(name: string, { operation, keyId, region }: CallPlace): string {
  const console = `AWS console (${region}): KMS > Customer managed keys > ${keyId}`;
  switch (name) {
    case "DisabledException":
      return `${console} > Key actions > Enable; then \`run\` again.`;
    case "KMSInvalidStateException":
      return `${console}: look at its status. Pending deletion: Key actions > Cancel key deletion, then Enable; then \`run\` again.`;
    case "AccessDeniedException":
      return `${console} > Key policy, or IAM: allow kms:${operation} to the role that this runs as; then \`run\` again.`;
    case "NotFoundException":
      return `Check key_id and region. A key that was deleted cannot be brought back, and what it wrapped cannot be read.`;
    case "InvalidKeyUsageException":
      return "Use a symmetric key for encryption and decryption (SYMMETRIC_DEFAULT).";
    case "ValidationException":
    case "InvalidArnException":
      return `Check how key_id is spelled (${keyId}), and encryption_context: AWS KMS does not take one of them as it is.`;
    default:
      return "Check the AWS credentials that this runs with (environment, profile, role) and the host's clock; `aws sts get-caller-identity` shows them.";
  }
}

/** A name or a network's error code; nothing that could quote anything. */
function nameOf(error: unknown): string {
  const { name, code } = (error ?? {}) as SdkError;
  const spelled = typeof code === "string" && /^[A-Z_]{3,40}$/.test(code) ? code : String(name);
  return /^[\w.]{1,60}$/.test(spelled) ? spelled : "unknown error";
}
