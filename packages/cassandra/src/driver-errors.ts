import { type ErrorCode, isRekeyError, RekeyError } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";

const { errors, types } = cassandra;
const codes = types.responseErrorCodes;

/** What the server's error codes mean to us. Codes that are not listed are refusals for good. */
const BY_SERVER_CODE = new Map<number, ErrorCode>([
  [codes.badCredentials, "CLUSTER.AUTHENTICATION"],
  [codes.unavailableException, "CLUSTER.UNAVAILABLE"],
  [codes.overloaded, "CLUSTER.OVERLOADED"],
  [codes.isBootstrapping, "CLUSTER.UNAVAILABLE"],
  [codes.serverError, "CLUSTER.UNAVAILABLE"],
  [codes.writeTimeout, "CLUSTER.TIMEOUT"],
  [codes.readTimeout, "CLUSTER.TIMEOUT"],
  [codes.readFailure, "CLUSTER.UNAVAILABLE"],
  [codes.writeFailure, "CLUSTER.UNAVAILABLE"],
  [codes.unauthorized, "CLUSTER.UNAUTHORIZED"],
]);

/** What of a driver error is looked at. */
interface DriverError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: number | string;
  readonly innerErrors?: Readonly<Record<string, unknown>>;
  readonly info?: string;
}

const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|ERR_OSSL)/;

/**
 * The error of ours for one of the driver's. `what` says what was attempted; parameter values never appear.
 * Errors that are ours already, and aborts, pass unchanged.
 */
export function fromDriverError(error: unknown, what: string): unknown {
  if (isRekeyError(error) || isAbort(error)) return error;
  const driverError = (typeof error === "object" && error !== null ? error : {}) as DriverError;
  const code = codeOf(driverError);
  return new RekeyError(code, `${what}: ${describe(driverError, code)}`, { cause: error });
}

/** Whether a write may or may not have happened. */
export function isUnknownOutcome(error: unknown): boolean {
  const cause = isRekeyError(error) ? error.cause : error;
  return (
    cause instanceof errors.OperationTimedOutError ||
    [codes.writeTimeout, codes.writeFailure, codes.serverError].includes(
      (cause as DriverError)?.code as number,
    )
  );
}

function codeOf(error: DriverError): ErrorCode {
  if (error instanceof errors.NoHostAvailableError) return codeOfHosts(error as DriverError);
  if (error instanceof errors.AuthenticationError) return "CLUSTER.AUTHENTICATION";
  if (error instanceof errors.OperationTimedOutError) return "CLUSTER.TIMEOUT";
  if (error.name === "BusyConnectionError") return "CLUSTER.OVERLOADED";
  if (error instanceof errors.ArgumentError && /data center/.test(error.message)) return "CLUSTER.LOCAL_DC";
  if (error instanceof errors.ResponseError) return BY_SERVER_CODE.get(error.code) ?? "CLUSTER.INVALID_QUERY";
  if (typeof error.code === "string")
    return TLS_CODES.test(error.code) ? "CLUSTER.TLS" : "CLUSTER.UNREACHABLE";
  return /certificate|TLS|SSL/i.test(error.message ?? "") ? "CLUSTER.TLS" : "CLUSTER.UNREACHABLE";
}

/** The most telling of what the hosts said: a refusal for good is worth more than a refused connection. */
function codeOfHosts(error: DriverError): ErrorCode {
  const inner = Object.values(error.innerErrors ?? {}).map((cause) => codeOf((cause ?? {}) as DriverError));
  const telling = inner.find((code) => code !== "CLUSTER.UNREACHABLE");
  return telling ?? "CLUSTER.UNREACHABLE";
}

function describe(error: DriverError, code: ErrorCode): string {
  if (error instanceof errors.NoHostAvailableError) {
    const hosts = Object.entries((error as DriverError).innerErrors ?? {});
    if (hosts.length === 0) return "no host is known to be up";
    return hosts.map(([host, cause]) => `${host}: ${oneLine((cause ?? {}) as DriverError)}`).join("; ");
  }
  return code === "CLUSTER.AUTHENTICATION"
    ? `the cluster refused the credentials (${oneLine(error)})`
    : oneLine(error);
}

function oneLine(error: DriverError): string {
  return (error.message ?? String(error.code ?? "unknown error")).split("\n")[0]!.slice(0, 300);
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException || (error as { name?: string })?.name === "AbortError";
}
