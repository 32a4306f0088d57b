import type { HostState } from "@cassandra-rekey/cassandra";
import { RekeyError } from "@cassandra-rekey/core";
import { describe, expect, test } from "vitest";
import { checkHealthVersions, checkVersions, explained } from "../src/check-access.ts";
import { loadOptions } from "../src/load-options.ts";

const host = (version: string): HostState => ({
  address: `10.0.0.1:9042`,
  dataCenter: "dc",
  rack: "r",
  version,
  up: true,
});

describe("a node that is too old is explained", () => {
  test.each([
    ["3.11.17", {}, /needs Cassandra 4.0 or newer, and 10.0.0.1:9042 is 3.11.17/],
    ["4.0.13", { hints: 10 }, /hints of the throttle cluster-load needs Cassandra 4.1/],
  ])("%s with %j", (version, options, message) => {
    expect(() => checkVersions([host("5.0.9"), host(version)], loadOptions.parse(options))).toThrow(
      expect.objectContaining({
        code: "CLUSTER.UNSUPPORTED",
        message: expect.stringMatching(message),
        hint: expect.stringMatching(/\w/),
      }),
    );
  });

  test.each([
    ["4.0.13", {}],
    ["4.1.0", { hints: 10 }],
    ["5.0.9", { hints: 10 }],
  ])("%s with %j is none", (version, options) => {
    expect(() => checkVersions([host(version)], loadOptions.parse(options))).not.toThrow();
  });
});

test("a refusal says what to grant, and other errors stay what they are", () => {
  expect(explained(new RekeyError("CLUSTER.UNAUTHORIZED", "no"), "a")).toMatchObject({
    code: "CLUSTER.UNAUTHORIZED",
    hint: expect.stringContaining("GRANT SELECT ON KEYSPACE system_views"),
  });
  expect(explained(new RekeyError("CLUSTER.INVALID_QUERY", "no such table"), "a")).toMatchObject({
    code: "CLUSTER.UNSUPPORTED",
  });
  const timeout = new RekeyError("CLUSTER.TIMEOUT", "slow");
  expect(explained(timeout, "a")).toBe(timeout);
});

test("what the job is to be held for has to be told by every node", () => {
  expect(() => checkHealthVersions([host("5.0.9"), host("4.0.13")], ["node-down", "repair"])).toThrow(
    expect.objectContaining({
      code: "CLUSTER.UNSUPPORTED",
      message: expect.stringContaining("repair of the throttle cluster-health needs Cassandra 4.1"),
      hint: expect.stringContaining("hold_on: [node-down]"),
    }),
  );
  expect(() => checkHealthVersions([host("4.0.13")], ["node-down"])).not.toThrow();
  expect(() => checkHealthVersions([host("4.1.0")], ["repair", "streaming", "topology"])).not.toThrow();
});

test("a node that tells no version is not taken for an old one", () => {
  expect(() => checkVersions([host("5.0.9"), host("")], loadOptions.parse({ hints: 10 }))).not.toThrow();
  expect(() => checkHealthVersions([host("5.0.9"), host("")], ["repair"])).not.toThrow();
});
