import { isRekeyError, RekeyError } from "@cassandra-rekey/core";
import cassandra from "cassandra-driver";
import { describe, expect, test } from "vitest";
import { fromConnectError, fromDriverError, isUnknownOutcome } from "../src/driver-errors.ts";

const { errors } = cassandra;
const codes = cassandra.types.responseErrorCodes;

/** The code and message that an error of the driver becomes. */
function seen(error: unknown): { code: string; message: string; retryable: boolean } {
  const ours = fromDriverError(error, "SELECT on shop.customers");
  if (!isRekeyError(ours)) throw new TypeError("not an error of ours");
  return { code: ours.code, message: ours.message, retryable: ours.retryable };
}
const withCode = (code: string, message = "failed") => Object.assign(new Error(message), { code });
const socketClosed = (inner?: unknown) =>
  Object.assign(new Error("Socket was closed"), { isSocketError: true, innerError: inner });
const noHost = (innerErrors: object) => new errors.NoHostAvailableError(innerErrors);

describe("what the server answers", () => {
  test.each([
    ["badCredentials", "CLUSTER.AUTHENTICATION", false],
    ["unavailableException", "CLUSTER.UNAVAILABLE", true],
    ["isBootstrapping", "CLUSTER.UNAVAILABLE", true],
    ["serverError", "CLUSTER.UNAVAILABLE", true],
    ["truncateError", "CLUSTER.UNAVAILABLE", true],
    ["readFailure", "CLUSTER.READ_FAILED", true],
    ["writeFailure", "CLUSTER.UNAVAILABLE", true],
    ["overloaded", "CLUSTER.OVERLOADED", true],
    ["readTimeout", "CLUSTER.TIMEOUT", true],
    ["writeTimeout", "CLUSTER.TIMEOUT", true],
    ["unauthorized", "CLUSTER.UNAUTHORIZED", false],
    ["syntaxError", "CLUSTER.INVALID_QUERY", false],
    ["invalid", "CLUSTER.INVALID_QUERY", false],
    ["configError", "CLUSTER.INVALID_QUERY", false],
    ["alreadyExists", "CLUSTER.INVALID_QUERY", false],
    ["functionFailure", "CLUSTER.INVALID_QUERY", false],
    ["protocolError", "CLUSTER.INVALID_QUERY", false],
  ] as const)("%s is %s", (name, code, retryable) => {
    const answer = new errors.ResponseError(codes[name], "the server's own words");
    expect(seen(answer)).toEqual({
      code,
      retryable,
      message: expect.stringMatching(/^SELECT on shop\.customers: .*the server's own words/),
    });
  });
});

describe("what the driver meets", () => {
  test.each([
    [new errors.OperationTimedOutError("The host did not reply"), "CLUSTER.TIMEOUT"],
    [new errors.AuthenticationError("Authentication provider not set"), "CLUSTER.AUTHENTICATION"],
    [new errors.BusyConnectionError("127.0.0.1:9042", 10, 1), "CLUSTER.OVERLOADED"],
    [withCode("ECONNREFUSED"), "CLUSTER.UNREACHABLE"],
    [withCode("ENOTFOUND"), "CLUSTER.UNREACHABLE"],
    [withCode("ERR_TLS_CERT_ALTNAME_INVALID"), "CLUSTER.TLS"],
    [withCode("SELF_SIGNED_CERT_IN_CHAIN"), "CLUSTER.TLS"],
    [withCode("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "CLUSTER.TLS"],
    [withCode("CERT_HAS_EXPIRED"), "CLUSTER.TLS"],
    [withCode("EPROTO"), "CLUSTER.TLS"],
    [socketClosed(), "CLUSTER.UNREACHABLE"],
    [socketClosed(withCode("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED")), "CLUSTER.TLS"],
    ["Host considered as DOWN", "CLUSTER.UNREACHABLE"],
    [undefined, "CLUSTER.UNREACHABLE"],
  ])("%s is %s", (error, code) => {
    expect(seen(error).code).toBe(code);
  });

  test("of several hosts the most telling answer counts, and each is named", () => {
    const down = withCode("ECONNREFUSED", "connect ECONNREFUSED");
    const late = new errors.OperationTimedOutError("no reply");
    const refused = new errors.AuthenticationError("wrong password");
    expect(seen(noHost({ a: down, b: late, c: refused })).code).toBe("CLUSTER.AUTHENTICATION");
    expect(seen(noHost({ a: down, b: late })).code).toBe("CLUSTER.TIMEOUT");
    expect(seen(noHost({ a: down, b: "Host considered as DOWN", c: null }))).toEqual({
      code: "CLUSTER.UNREACHABLE",
      message:
        "SELECT on shop.customers: a: connect ECONNREFUSED; b: Host considered as DOWN; c: unknown error",
      retryable: true,
    });
  });

  test("without a host the message says why", () => {
    expect(seen(noHost({})).message).toContain("no host is known to be up");
    const unresolved = new errors.NoHostAvailableError({}, "No host could be resolved");
    expect(seen(unresolved).message).toContain("no contact point has an address");
  });
});

test("what the driver cannot encode is our mistake, and its value is in no message and no cause", () => {
  const secret = "gAAAAABl-ciphertext";
  for (const error of [
    new TypeError(`Not a valid blob, expected Buffer obtained '${secret}'`),
    new RangeError(`The value of "value" is out of range. Received ${secret}`),
    new errors.ArgumentError(`strange: ${secret}`),
  ]) {
    const ours = fromDriverError(error, "UPDATE on shop.customers") as RekeyError;
    expect(ours.code).toBe("INTERNAL.INVARIANT");
    expect(ours.retryable).toBe(false);
    expect(`${ours.message} ${String(ours.cause)}`).not.toContain(secret);
  }
});

test("a message is one line of bounded length", () => {
  const { message } = seen(new errors.ResponseError(codes.invalid, `${"x".repeat(5000)}\nsecond`));
  expect(message.length).toBeLessThan(400);
  expect(message).not.toContain("second");
});

test("our own errors and aborts pass as they are", () => {
  const ours = new RekeyError("SCHEMA.DRIFT", "changed");
  const aborted = new DOMException("stop", "AbortError");
  expect(fromDriverError(ours, "x")).toBe(ours);
  expect(fromDriverError(aborted, "x")).toBe(aborted);
});

test("a host that does not answer in time while connecting is out of reach; it may want TLS", () => {
  const late = noHost({ a: new errors.OperationTimedOutError("no reply") });
  expect(fromConnectError(late, "connecting to a", false)).toMatchObject({
    code: "CLUSTER.UNREACHABLE",
    message: "connecting to a: a: no reply",
    hint: expect.stringMatching(/port is open.*cluster\.tls if the node asks for TLS/),
    cause: late,
  });
  expect(fromConnectError(late, "connecting to a", true)).toMatchObject({
    hint: expect.not.stringContaining("cluster.tls"),
  });
  const closed = noHost({ a: new Error("connect ECONNREFUSED") });
  expect(fromConnectError(closed, "connecting to a", false)).toMatchObject({
    hint: expect.stringContaining("cluster.contact_points"),
  });
  const wrong = noHost({ a: new errors.AuthenticationError("wrong password") });
  expect(fromConnectError(wrong, "connecting to a", false)).toMatchObject({ code: "CLUSTER.AUTHENTICATION" });
});

describe("whether a write happened", () => {
  test.each([
    new errors.OperationTimedOutError("no reply"),
    new errors.ResponseError(codes.writeTimeout, "timed out"),
    new errors.ResponseError(codes.writeFailure, "failed"),
    new errors.ResponseError(codes.serverError, "broken"),
    socketClosed(),
  ])("is unknown after %s", (error) => {
    expect(isUnknownOutcome(error)).toBe(true);
    expect(isUnknownOutcome(fromDriverError(error, "UPDATE"))).toBe(true);
  });

  test.each([
    new errors.ResponseError(codes.invalid, "invalid"),
    new errors.ResponseError(codes.unavailableException, "too few replicas"),
    noHost({ a: withCode("ECONNREFUSED") }),
    undefined,
  ])("is known after %s", (error) => {
    expect(isUnknownOutcome(error)).toBe(false);
    expect(isUnknownOutcome(fromDriverError(error, "UPDATE"))).toBe(false);
  });
});
