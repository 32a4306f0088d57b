import { CATALOGUE } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { EXIT, EXIT_OF_ERROR, exitCodeOf } from "../src/exit-codes.ts";

describe("exit codes", () => {
  it("knows every code of the catalogue, and no other", () => {
    expect(Object.keys(EXIT_OF_ERROR).sort()).toEqual(Object.keys(CATALOGUE).sort());
  });

  it("never ends an error with 0", () => {
    expect(Object.entries(EXIT_OF_ERROR).filter(([, code]) => code === EXIT.done)).toEqual([]);
  });

  it.each([
    ["CONFIG.INVALID", 2],
    ["JOB.AMBIGUOUS", 2],
    ["JOB.CHUNKS_FAILED", 1],
    ["JOB.WRONG_KEY", 1],
    ["SCHEMA.DRIFT", 3],
    ["CLUSTER.UNREACHABLE", 4],
    ["STATE.NOT_INITIALISED", 4],
    ["KEY.UNAVAILABLE", 4],
    ["INTERRUPTED", 130],
  ])("ends %s with %i", (code, exit) => {
    expect(exitCodeOf(code)).toBe(exit);
  });

  it("ends a code of a newer core with 4", () => {
    expect(exitCodeOf("CLUSTER.ON_FIRE")).toBe(4);
  });
});
