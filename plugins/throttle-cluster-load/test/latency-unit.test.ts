import { expect, test } from "vitest";
import { factorOf } from "../src/latency-unit.ts";

test.each([
  // What Cassandra 5.0.9 said for scans that took a client so long.
  [0.002, 52, 1000],
  [0.002, 4.5, 1000],
  [0.088, 120, 1000],
  // Too short to be shown in a unit 1,000 times too large.
  [0, 1.2, 1000],
  [0, 0.05, 1000],
  // On a busy machine, where round trips take as long as scans.
  [0.002, 0.25, 1000],
  [0.002, -3, 1000],
  [0.15, 3, 1000],
  // Milliseconds, with up to fifty times as long on the way.
  [2.1, 4.5, 1],
  [2.1, 100, 1],
  [0.4, 0.6, 1],
  // A clock that saw next to nothing.
  [0.4, -3, 1],
])("a node that says %d where a client measures %d ms", (said, measured, factor) => {
  expect(factorOf(said, measured)).toBe(factor);
});
