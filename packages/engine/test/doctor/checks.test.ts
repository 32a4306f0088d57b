import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Checks } from "../../src/doctor/checks.ts";

describe("checks", () => {
  it("take an error of one for its failure, and go on", async () => {
    const checks = new Checks();
    const error = new RekeyError("CLUSTER.TIMEOUT", "made up", { hint: "Wait.", problems: ["one"] });
    expect(await checks.attempt("keys", () => Promise.reject(error))).toBe(false);
    expect(await checks.attempt("state", async () => checks.ok("state", "answers"))).toBe(true);
    expect(checks.list).toEqual([
      { level: "FAIL", check: "keys", message: "made up; one", next: "Wait." },
      { level: "OK", check: "state", message: "answers" },
    ]);
  });

  it.each([new RekeyError("INTERRUPTED", "Interrupted by SIGINT."), new TypeError("a defect")])(
    "end with what is no finding: %s",
    async (error) => {
      const checks = new Checks();
      await expect(checks.attempt("keys", () => Promise.reject(error))).rejects.toBe(error);
      expect(checks.list).toEqual([]);
    },
  );
});
