import { describe, expect, it } from "vitest";
import { problemsOf } from "./load.ts";

const FULL = `cluster:
  contact_points: [a]
  keyspace: ks
  tls:
    ca_file: ca.pem
state:
  type: cassandra
keys:
  target:
    provider: fernet
    version: v2
  previous:
    - provider: fernet
      version: v1
tables:
  - name: t
    encrypted_columns: [c]
    consistency:
      read: ONE
execution:
  workers: 1
throttles:
  - type: latency
plugins:
  allow: []
`;

describe("an unknown setting", () => {
  it("is not there in the configuration that these tests change", () => {
    expect(problemsOf(FULL)).toEqual([]);
  });

  it.each([
    ["cluster:", "clutser: {}\ncluster:", "1:1 clutser: is not a known setting"],
    [
      "  keyspace: ks",
      "  keyspace: ks\n  port_number: 1",
      "4:16 cluster.port_number: is not a known setting",
    ],
    [
      "  keyspace: ks",
      "  keyspace: ks\n  pasword: x",
      'cluster.pasword: is not a known setting (did you mean "password"?)',
    ],
    [
      "    ca_file: ca.pem",
      "    ca-file: ca.pem",
      'cluster.tls.ca-file: is not a known setting (did you mean "ca_file"?)',
    ],
    ["  previous:", "  prevoius:", 'keys.prevoius: is not a known setting (did you mean "previous"?)'],
    [
      "    encrypted_columns: [c]",
      "    encrypted_columns: [c]\n    chunkz: 4",
      '18:13 tables[0].chunkz: is not a known setting (did you mean "chunks"?)',
    ],
    [
      "      read: ONE",
      "      reads: ONE",
      'tables[0].consistency.reads: is not a known setting (did you mean "read"?)',
    ],
    ["  workers: 1", "  Workers: 1", 'execution.Workers: is not a known setting (did you mean "workers"?)'],
    ["  workers: 1", "  frobnicate: 1", /execution\.frobnicate: is not a known setting$/],
    ["  allow: []", "  alow: []", 'plugins.alow: is not a known setting (did you mean "allow"?)'],
  ])("is refused where it stands: %j → %j", (old, changed, expected) => {
    const found = problemsOf(FULL.replace(old, changed));
    expect(
      found.some((line) => (typeof expected === "string" ? line.includes(expected) : expected.test(line))),
    ).toBe(true);
    expect(found).toHaveLength(1);
  });

  it("is taken for the required one that it resembles, and nothing is called missing twice", () => {
    expect(problemsOf(FULL.replace("contact_points", "contact_point"))).toEqual([
      '1:1 cluster.contact_points: is missing (is "contact_point" meant to be it?)',
      '2:3 cluster.contact_point: is not a known setting (did you mean "contact_points"?)',
    ]);
    // A key may have any options: what is there and unknown may be what is missing.
    expect(problemsOf(FULL.replace("    provider: fernet", "    provder: fernet"))).toEqual([
      '9:3 keys.target.provider: is missing (or module) (is "provder" meant to be it?)',
    ]);
    expect(problemsOf(FULL.replace("    version: v2", "    verison: v2"))).toEqual([
      expect.stringContaining('keys.target.version: is missing (is "verison" meant to be it?)'),
    ]);
  });
});
