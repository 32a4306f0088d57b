import { describe, expect, it } from "vitest";
import { isRefusal, kmsFailure } from "../src/kms-failure.ts";

const PLACE = {
  operation: "Decrypt",
  keyId: "arn:aws:kms:eu-west-1:111122223333:key/1",
  region: "eu-west-1",
  version: "v1",
  workedBefore: false,
};

function named(name: string, more: object = {}): Error {
  return Object.assign(new Error("it may quote anything: s3cret"), { name, ...more });
}
const answered = (name: string, httpStatusCode: number) => named(name, { $metadata: { httpStatusCode } });

describe("errors of the SDK", () => {
  it.each([
    [answered("ThrottlingException", 400), "KEY.UNAVAILABLE"],
    [answered("LimitExceeded", 429), "KEY.UNAVAILABLE"],
    [answered("KMSInternalException", 500), "KEY.UNAVAILABLE"],
    [answered("KeyUnavailableException", 400), "KEY.UNAVAILABLE"],
    [answered("DependencyTimeoutException", 400), "KEY.UNAVAILABLE"],
    [answered("ExpiredTokenException", 400), "KEY.UNAVAILABLE"],
    [named("TimeoutError"), "KEY.UNAVAILABLE"],
    [named("Error", { code: "ENOTFOUND" }), "KEY.UNAVAILABLE"],
    [named("TypeError"), "KEY.UNAVAILABLE"],
    [answered("AccessDeniedException", 400), "KEY.REFUSED"],
    [answered("DisabledException", 400), "KEY.REFUSED"],
    [answered("KMSInvalidStateException", 400), "KEY.REFUSED"],
    [answered("NotFoundException", 400), "KEY.REFUSED"],
    [answered("UnrecognizedClientException", 400), "KEY.REFUSED"],
    [answered("InvalidSignatureException", 403), "KEY.REFUSED"],
    [answered("ValidationException", 400), "KEY.REFUSED"],
    [named("CredentialsProviderError"), "KEY.REFUSED"],
  ])("%s: %s", (error, code) => {
    const failure = kmsFailure(error, PLACE);
    expect(failure).toMatchObject({ code, retryable: code === "KEY.UNAVAILABLE" });
    expect(failure.message).toContain(PLACE.keyId);
    expect(`${failure.message}${failure.hint}${failure.cause}`).not.toContain("s3cret");
  });

  it.each([
    ["ValidationException", /how key_id is spelled \(arn:aws:kms/],
    ["InvalidArnException", /how key_id is spelled/],
    ["InvalidKeyUsageException", /SYMMETRIC_DEFAULT/],
    ["UnrecognizedClientException", /AWS credentials/],
  ])("%s comes with its own next step", (name, hint) => {
    expect(kmsFailure(answered(name, 400), PLACE).hint).toMatch(hint);
  });

  it("credentials that were there before are waited for", () => {
    const failure = kmsFailure(named("CredentialsProviderError"), { ...PLACE, workedBefore: true });
    expect(failure.code).toBe("KEY.UNAVAILABLE");
  });

  it("the service says how long to hold back", () => {
    const $response = { headers: { "retry-after": "7" } };
    const failure = kmsFailure(named("ThrottlingException", { $response }), PLACE);
    expect(failure.retryAfterMs).toBe(7000);
  });

  it("names that could hold anything are not told", () => {
    for (const name of ["x".repeat(100), "a secret", 7, undefined])
      expect(kmsFailure({ name }, PLACE).message).toMatch(/\((unknown error|7|undefined)\)$/);
  });
});

it.each([
  ["InvalidCiphertextException", "", true],
  ["IncorrectKeyException", "The key ID in the request does not identify a CMK that can do this.", true],
  ["AccessDeniedException", "The ciphertext refers to a customer master key that does not exist.", true],
  ["AccessDeniedException", "", true],
  ["AccessDeniedException", "User: arn is not authorized to perform: kms:Decrypt on resource: key", false],
  ["DisabledException", "", false],
  ["ThrottlingException", "", false],
])("%s (%s) is about the wrapped key alone: %s", (name, message, expected) => {
  expect(isRefusal({ name, message })).toBe(expected);
});
