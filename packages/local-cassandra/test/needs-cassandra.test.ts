import { expect, test } from "vitest";
import { isCassandra, needsCassandra } from "../src/shared/needs-cassandra.ts";
import { defaultVersion, wantedCassandra } from "../src/wanted-cassandra.ts";

test("versions are compared by number", () => {
  const versions = ["4.0.17", "4.1.0", "4.10.0", "5.0.9"];
  expect(versions.map((version) => isCassandra(version, "4.1"))).toEqual([false, true, true, true]);
  expect(versions.map((version) => isCassandra(version, "5.0"))).toEqual([false, false, false, true]);
});

test("a test is skipped below the version that it needs, and says so", () => {
  const told: unknown[] = [];
  const skip = (condition: boolean, note: string) => told.push(condition && note);
  for (const version of ["4.1.10", "5.0.9"]) needsCassandra("5.0", { version }, { skip });
  expect(told).toEqual(["needs Cassandra 5.0; this is 4.1.10", false]);
});

test("a version that nobody names is the one of REKEY_TEST_VERSION, and else 5.0", () => {
  expect(defaultVersion({})).toMatch(/^5\.0\./);
  expect(defaultVersion({ REKEY_TEST_VERSION: "" })).toBe(defaultVersion({}));
  expect(defaultVersion({ REKEY_TEST_VERSION: "4.0.17" })).toBe("4.0.17");
  expect(wantedCassandra({ version: "4.1.10" }).version).toBe("4.1.10");
});
