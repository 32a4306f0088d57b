import { describe, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_LIMITS } from "../src/limits.ts";
import { endpointOption, envelopeOptions, limitsOf } from "../src/options.ts";

const options = z.strictObject({ ...envelopeOptions, endpoint: endpointOption() });

describe("options that providers over a key service share", () => {
  it("left out are the default limits", () => {
    expect(limitsOf(options.parse({}))).toEqual(DEFAULT_LIMITS);
  });

  it("are limits in the limits' own units, each its own", () => {
    const given = {
      data_keys: { max_cells: 1, max_bytes: 2, max_age_seconds: 3, cached: 4, cached_seconds: 5 },
      parallel_calls: 6,
      timeout_ms: 700,
    };
    expect(limitsOf(options.parse(given))).toEqual({
      cells: 1,
      bytes: 2,
      ageMs: 3000,
      openKeys: 4,
      openAgeMs: 5000,
      parallelCalls: 6,
      callTimeoutMs: 700,
    });
  });

  it.each([
    { data_keys: { max_cells: 2 ** 32 + 1 } },
    { data_keys: { max_age_seconds: 0 } },
    { data_keys: { max_cell: 1 } },
    { parallel_calls: 0 },
    { timeout_ms: 99 },
    { endpoint: "http://kms.example.com" },
    { endpoint: "ftp://127.0.0.1" },
    { endpoint: "kms.example.com" },
  ])("refuse %j", (wrong) => expect(options.safeParse(wrong).success).toBe(false));

  it.each(["https://kms.example.com", "http://127.0.0.1:1", "http://localhost", "http://[::1]:8080"])(
    "let data keys through to %s",
    (endpoint) => expect(options.safeParse({ endpoint }).success).toBe(true),
  );
});
