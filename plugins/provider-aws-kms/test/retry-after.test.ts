import { expect, it } from "vitest";
import { retryAfterMs } from "../src/retry-after.ts";

const date = "Wed, 21 Oct 2026 07:28:00 GMT";

it.each([
  [{ "retry-after": "7" }, 7000],
  [{ "retry-after": "0.25" }, 250],
  [{ "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT", date }, 30_000],
  [{ "retry-after": "30", "x-amz-retry-after": "1500" }, 1500],
  [{ "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT", date }, undefined],
  [{ "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT" }, undefined],
  [{ "retry-after": "-3" }, undefined],
  [{ "retry-after": "soon", "x-amz-retry-after": "soon" }, undefined],
  [{}, undefined],
  [undefined, undefined],
])("%j asks for %s ms", (headers, ms) => expect(retryAfterMs(headers)).toBe(ms));
