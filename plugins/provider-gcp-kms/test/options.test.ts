import { expect, it } from "vitest";
import { gcpKmsOptions } from "../src/index.ts";

const KEY = "projects/p/locations/global/keyRings/r/cryptoKeys/k";

it.each([
  [KEY, undefined, true],
  [`${KEY}/cryptoKeyVersions/12`, "https://cloudkms.europe-west1.rep.googleapis.com", true],
  [KEY, "http://127.0.0.1:9000", true],
  [KEY, "http://kms.example.com", false],
  [KEY, "kms.example.com", false],
  [`${KEY}/cryptoKeyVersions/latest`, undefined, false],
  ["projects/p/cryptoKeys/k", undefined, false],
])("%s at %s: %s", (key_name, endpoint, accepted) => {
  expect(gcpKmsOptions.safeParse({ key_name, ...(endpoint && { endpoint }) }).success).toBe(accepted);
});
