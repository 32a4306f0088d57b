import { expect, it } from "vitest";
import { TOKENS } from "../src/tokens.ts";

it("gives each dependency a global symbol of its own, on which two copies of core agree", () => {
  const symbols = Object.values(TOKENS);
  expect(new Set(symbols).size).toBe(symbols.length);
  for (const symbol of symbols) expect(Symbol.keyFor(symbol)).toMatch(/^cassandra-rekey\//);
});
