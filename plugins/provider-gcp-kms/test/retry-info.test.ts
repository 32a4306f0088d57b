import { expect, it } from "vitest";
import { retryAfterMs } from "../src/retry-info.ts";

it.each([
  [{ statusDetails: [{ reason: "RATE" }, { retryDelay: { seconds: "3", nanos: 500_000_000 } }] }, 3500],
  [{ statusDetails: [{ retryDelay: { seconds: { toString: () => "90" } } }] }, 90_000],
  [{ statusDetails: [{ retryDelay: { nanos: 5_000_000 } }] }, 5],
  [{ statusDetails: [{ retryDelay: {} }, { retryDelay: { seconds: -1 } }, null] }, undefined],
  [{ statusDetails: [{ retryDelay: { seconds: "soon" } }] }, undefined],
  [{ statusDetails: "none" }, undefined],
  [undefined, undefined],
])("%j asks for %s ms", (error, ms) => expect(retryAfterMs(error)).toBe(ms));
