import { expect, it } from "vitest";
import { hintWindowMs } from "../src/hint-window.ts";

const HOUR = 3_600_000;

it.each([
  [{ max_hint_window: "3h" }, 3 * HOUR],
  [{ max_hint_window: "10800000ms" }, 3 * HOUR],
  [{ max_hint_window: "90m" }, 1.5 * HOUR],
  [{ max_hint_window_in_ms: "7200000" }, 2 * HOUR],
  [{ max_hint_window: "1d", hinted_handoff_enabled: "true" }, 24 * HOUR],
  [{ max_hint_window: "3h", hinted_handoff_enabled: "false" }, 0],
  [{}, 3 * HOUR],
  [{ max_hint_window: "for ever" }, 3 * HOUR],
])("%j keeps hints for %i ms", (settings, expected) => {
  expect(hintWindowMs(new Map(Object.entries(settings)))).toBe(expected);
});

it("is the default where the settings cannot be read", () => {
  expect(hintWindowMs(undefined)).toBe(3 * HOUR);
});
