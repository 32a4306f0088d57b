import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../src/index.ts";
import { completeLimits } from "../src/limits.ts";

test("limits that are left out are the defaults", () => {
  expect(completeLimits()).toEqual(DEFAULT_LIMITS);
  expect(completeLimits({ cells: 2 ** 32 })).toEqual({ ...DEFAULT_LIMITS, cells: 2 ** 32 });
});

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("%s is out of bounds", (value) => {
  expect(() => completeLimits({ ageMs: value })).toThrow(expect.objectContaining({ code: "CONFIG.INVALID" }));
});

test("all problems are told at once, among them more cells than random nonces allow", () => {
  expect(() => completeLimits({ cells: 2 ** 32 + 1, openKeys: 0 })).toThrow(
    expect.objectContaining({
      problems: [expect.stringContaining("cells is 4294967297"), expect.stringContaining("openKeys is 0")],
    }),
  );
});
