import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import plugin, { latencyOptions } from "../src/index.ts";

test("it is a plugin, and its package says what it provides", () => {
  const packageFile = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(isPlugin(plugin)).toBe(true);
  expect(packageFile["cassandra-rekey"]).toEqual({
    apiVersion: API_VERSION,
    entry: "./dist/index.js",
    throttles: Object.keys(plugin.throttles!),
  });
  expect(packageFile.oclif).toEqual({});
});

test("only the threshold is needed", () => {
  expect(latencyOptions.parse({ threshold_ms: 50 })).toEqual({
    threshold_ms: 50,
    pause: false,
    window_seconds: 10,
    min_in_flight: 1,
    max_in_flight: 64,
  });
});

test.each([
  {},
  { threshold_ms: 0 },
  { threshold_ms: Number.NaN },
  { threshold_ms: 50, window_seconds: 0.5 },
  { threshold_ms: 50, window_seconds: 601 },
  { threshold_ms: 50, min_in_flight: 0 },
  { threshold_ms: 50, max_in_flight: 1.5 },
  { threshold_ms: 50, min_in_flight: 9, max_in_flight: 8 },
  { threshold_ms: 50, paused: true },
])("%j is refused", (options) => {
  expect(latencyOptions.safeParse(options).success).toBe(false);
});

test("a lowest limit above the highest is said where it is written", () => {
  const { error } = latencyOptions.safeParse({ threshold_ms: 50, min_in_flight: 65 });
  expect(error?.issues).toMatchObject([
    { path: ["min_in_flight"], message: "must not be larger than max_in_flight" },
  ]);
});
