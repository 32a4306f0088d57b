import { expect, test } from "vitest";
import { load, SMALLEST } from "./load.ts";

const typesOf = (more: string) => load(SMALLEST + more).settings.throttles.map(({ type }) => type);

test("without any throttle the adaptive one is used, where it is there", () => {
  expect(load(SMALLEST).settings.throttles).toEqual([
    { type: "adaptive", options: {}, at: ["throttles"], optional: true },
  ]);
});

test("whoever configures one, in its long or short form or none, gets what they ask for and nothing more", () => {
  expect(typesOf("throttles: []\n")).toEqual([]);
  expect(typesOf("throttles: [{ type: rate }]\n")).toEqual(["rate"]);
  expect(typesOf("execution: { read_p99_threshold_ms: 20 }\n")).toEqual(["latency"]);
  expect(typesOf("execution: { read_p99_threshold_ms: 20 }\nthrottles: [{ type: rate }]\n")).toEqual([
    "latency",
    "rate",
  ]);
});
