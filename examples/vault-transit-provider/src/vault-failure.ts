import { RekeyError } from "@cassandra-rekey/core";

const REASONS: Readonly<Record<number, readonly [reason: string, hint: string]>> = {
  400: ["it does not accept the request", "Check the key's name and type: it must support encryption."],
  403: [
    "the token is not accepted, or may not do this",
    "Renew the token, or allow update on encrypt/ and decrypt/ of this key.",
  ],
  404: ["there is no such mount or key", "Check mount and key; `vault list transit/keys` shows the keys."],
};

/** What a refusal of the whole call means for a job: `KEY.REFUSED` until somebody acts, else `KEY.UNAVAILABLE`. */
export function vaultFailure(what: string, status: number, retryAfter: string | null): RekeyError {
  const known = REASONS[status];
  if (known)
    return new RekeyError("KEY.REFUSED", `${what} was refused (${status}): ${known[0]}`, { hint: known[1] });
  const seconds = Number(retryAfter);
  return new RekeyError("KEY.UNAVAILABLE", `${what} failed for now (${status})`, {
    // Sealed, in standby, or over its quota of requests.
    ...(seconds > 0 && { retryAfterMs: seconds * 1000 }),
  });
}
