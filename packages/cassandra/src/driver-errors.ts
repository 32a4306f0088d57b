import { type ErrorCode, isRekeyError, RekeyError } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";

const { errors, types } = cassandra;
const codes = types.responseErrorCodes;

/** What the server's error codes mean to us. Codes that are not listed are refusals for good. */
const BY_SERVER_CODE = new Map<number, ErrorCode>([
  [codes.badCredentials, "CLUSTER.AUTHENTICATION"],
  [codes.unavailableException, "CLUSTER.UNAVAILABLE"],
  [codes.overloaded, "CLUSTER.OVERLOADED"],
  [codes.truncateError, "CLUSTER.UNAVAILABLE"],
  [codes.isBootstrapping, "CLUSTER.UNAVAILABLE"],
  [codes.serverError, "CLUSTER.UNAVAILABLE"],
  [codes.writeTimeout, "CLUSTER.TIMEOUT"],
  [codes.readTimeout, "CLUSTER.TIMEOUT"],
  [codes.readFailure, "CLUSTER.READ_FAILED"],
  [codes.writeFailure, "CLUSTER.UNAVAILABLE"],
  [codes.unauthorized, "CLUSTER.UNAUTHORIZED"],
]);

/** What of a driver error is looked at. */
interface DriverError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: number | string;
  readonly innerErrors?: Readonly<Record<string, unknown>>;
  readonly isSocketError?: boolean;
  /** What closed the socket. */
  readonly innerError?: unknown;
}

const TLS_CODES =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID_)/;

/**
 * The error of ours for one of the driver's. `what` says what was attempted; parameter values never appear.
 * Errors that are ours already, and aborts, pass unchanged.
 */
export function fromDriverError(error: unknown, what: string): unknown {
  if (isRekeyError(error) || isAbort(error)) return error;
  const driverError = seen(error);
  const code = codeOf(driverError);
  // Such an error quotes the value that it is about, in its message and so in every log of its cause.
  if (code === "INTERNAL.INVARIANT") {
    return new RekeyError(
      code,
      `${what}: the driver could not carry it out (${driverError.name ?? "Error"})`,
    );
  }
  return new RekeyError(code, `${what}: ${describe(driverError, code)}`, { cause: error });
}

/**
 * The error of ours for a connection that was not made. The driver's word for a port that is open and gives no answer in
 * CQL, or hangs up, is a time-out: so do nodes that ask for TLS, and whatever else listens there.
 */
export function fromConnectError(error: unknown, what: string, tls: boolean): unknown {
  const ours = fromDriverError(error, what);
  if (!isRekeyError(ours) || ours.code !== "CLUSTER.TIMEOUT") return ours;
  const check = tls
    ? "cluster.port, and whether the node is up and well"
    : "cluster.tls if the node asks for TLS, cluster.port, and whether the node is up and well";
  return new RekeyError("CLUSTER.UNREACHABLE", ours.message, {
    hint: `The port is open, but gave no answer in CQL${tls ? " over TLS" : ""}: check ${check}.`,
    cause: error,
  });
}

/** OpenSSL's words for an answer that is no TLS record. */
const ANSWERED_PLAINLY = /wrong version number|packet length too long/;

/** The driver's words for a statement that a node does not know any more, and that is not sent again by itself. */
const FORGOTTEN = /^Unprepared response/;

/** Whether a write may or may not have happened. */
export function isUnknownOutcome(error: unknown): boolean {
  const cause = isRekeyError(error) ? error.cause : error;
  return (
    cause instanceof errors.OperationTimedOutError ||
    // The connection broke with the request on its way.
    seen(cause).isSocketError === true ||
    [codes.writeTimeout, codes.writeFailure, codes.serverError].includes(seen(cause).code as number)
  );
}

function codeOf(error: DriverError): ErrorCode {
  if (error instanceof errors.NoHostAvailableError) return codeOfHosts(error as DriverError);
  if (error instanceof errors.AuthenticationError) return "CLUSTER.AUTHENTICATION";
  if (error instanceof errors.OperationTimedOutError) return "CLUSTER.TIMEOUT";
  if (error instanceof errors.BusyConnectionError) return "CLUSTER.OVERLOADED";
  if (error instanceof errors.ResponseError) return BY_SERVER_CODE.get(error.code) ?? "CLUSTER.INVALID_QUERY";
  if (error.innerError !== undefined) return codeOf(seen(error.innerError));
  if (FORGOTTEN.test(error.message ?? "")) return "CLUSTER.UNAVAILABLE";
  if (TLS_CODES.test(String(error.code))) return "CLUSTER.TLS";
  const isOurMistake = [TypeError, RangeError, errors.ArgumentError].some((kind) => error instanceof kind);
  return isOurMistake ? "INTERNAL.INVARIANT" : "CLUSTER.UNREACHABLE";
}

/** The most telling of what the hosts said: a refusal for good is worth more than a refused connection. */
function codeOfHosts(error: DriverError): ErrorCode {
  const inner = Object.values(error.innerErrors ?? {}).map((cause) => codeOf(seen(cause)));
  const silent: readonly ErrorCode[] = ["CLUSTER.UNREACHABLE", "CLUSTER.TIMEOUT"];
  return (
    inner.find((code) => !silent.includes(code)) ??
    inner.find((code) => code === "CLUSTER.TIMEOUT") ??
    "CLUSTER.UNREACHABLE"
  );
}

function describe(error: DriverError, code: ErrorCode): string {
  if (error instanceof errors.NoHostAvailableError) {
    const hosts = Object.entries((error as DriverError).innerErrors ?? {});
    if (hosts.length > 0) return hosts.map(([host, cause]) => `${host}: ${oneLine(seen(cause))}`).join("; ");
    return /resolved/.test(error.message) ? "no contact point has an address" : "no host is known to be up";
  }
  return code === "CLUSTER.AUTHENTICATION"
    ? `the cluster refused the credentials (${oneLine(error)})`
    : oneLine(error);
}

function oneLine(error: DriverError): string {
  const { message = String(error.code ?? "unknown error"), innerError } = error;
  if (FORGOTTEN.test(message)) return "a node has forgotten the statement, which has to be prepared again";
  if (ANSWERED_PLAINLY.test(message)) return "what answers there does not speak TLS";
  const inner = innerError === undefined ? "" : ` (${oneLine(seen(innerError))})`;
  return `${message.split("\n")[0]!.slice(0, 300)}${inner}`;
}

/** The driver also gives plain texts where hosts are concerned. */
function seen(error: unknown): DriverError {
  if (typeof error === "string") return { message: error };
  return typeof error === "object" && error !== null ? error : {};
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException || (error as { name?: string })?.name === "AbortError";
}
