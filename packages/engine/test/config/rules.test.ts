import { describe, expect, it } from "vitest";
import { load, problemsOf } from "./load.ts";

const CLUSTER = "cluster: { contact_points: [a], keyspace: ks }\n";
const KEYS = "provider: { old_key_env: A, new_key_env: B }\n";
const TABLES = "tables: [{ name: t, encrypted_columns: [c] }]\n";
const cluster = (more: string) => `cluster: { contact_points: [a], keyspace: ks, ${more} }\n${KEYS}${TABLES}`;
const provider = (fields: string) => `${CLUSTER}provider: { ${fields} }\n${TABLES}`;
const keys = (target: string, ...previous: readonly string[]) =>
  `${CLUSTER}keys:\n  target: { ${target} }\n  previous: [${previous.map((key) => `{ ${key} }`)}]\n${TABLES}`;
const table = (fields: string) => `${CLUSTER}${KEYS}tables:\n  - { name: t, ${fields} }\n`;
const execution = (fields: string) => `${CLUSTER}${KEYS}${TABLES}execution: { ${fields} }\n`;

describe("what contradicts itself", () => {
  it.each([
    [cluster('contact_points: ["a:99999"]'), "is set twice"],
    [
      CLUSTER.replace("[a]", '[a, "b:0", ":1"]') + KEYS + TABLES,
      'cluster.contact_points[1]: must be "host" or "host:port"',
    ],
    [cluster("username: u, username_env: U, password: p"), "cluster.username_env: contradicts username"],
    [cluster("username: u, password: p, password_env: P"), "cluster.password_env: contradicts password"],
    [
      cluster("username: u, password_env: P, password_file: f"),
      "cluster.password_file: contradicts password_env",
    ],
    [cluster("password: p"), "cluster.password: needs username"],
    [cluster("username: u"), "cluster.username: needs password_env"],
    [cluster("username_env: U"), "cluster.username_env: needs password_env"],
    [cluster("tls: { cert_file: c }"), "cluster.tls.cert_file: needs key_file"],
    [cluster("tls: { key_file: k }"), "cluster.tls.key_file: needs cert_file"],
    [cluster("tls: { passphrase_env: P }"), "cluster.tls.passphrase_env: needs key_file"],
    [`${CLUSTER}${TABLES}`, "the configuration: needs keys (or provider, its short form)"],
    [
      `${CLUSTER}${KEYS}keys: { target: { provider: a, version: v } }\n${TABLES}`,
      "provider: contradicts keys",
    ],
    [provider("old_key_env: A"), "provider.new_key_env: is missing (or new_key_file)"],
    [provider("new_key_file: f"), "provider.old_key_env: is missing (or old_key_file)"],
    [
      provider("old_key_env: A, old_key_file: f, new_key_env: B"),
      "provider.old_key_file: contradicts old_key_env",
    ],
    [provider("old_key_env: A, new_key_env: A"), "provider.new_key_env: is the same as old_key_env"],
    [provider("old_key_file: f, new_key_file: f"), "provider.new_key_file: is the same as old_key_file"],
    [
      provider("old_key_env: A, new_key_env: B, new_key_version: v1"),
      "provider.new_key_version: is the same as old_key_version",
    ],
    [provider("type: aws_kms, old_cmk_arn: a"), "provider.new_cmk_arn: is missing"],
    [
      provider("type: fernt, old_key_env: A"),
      'provider.type: must be fernet or aws_kms (did you mean "fernet"?)',
    ],
    [keys("version: v2"), "keys.target.provider: is missing"],
    [keys("provider: fernet"), "keys.target.version: is missing"],
    [
      keys("provider: a, version: v1", "provider: b, version: v1"),
      'keys.previous[0].version: "v1" is also the version of keys.target',
    ],
    [
      keys("provider: a, version: v2", "provider: b, version: v1", "provider: c, version: v1"),
      "keys.previous[1].version",
    ],
    [
      keys("provider: plaintext", "provider: plaintext"),
      'keys.previous[0]: "plaintext" is also the version of keys.target',
    ],
    [
      table("encrypted_columns: [c, d, c]"),
      "tables[0].encrypted_columns[2]: names the column c a second time",
    ],
    [
      table("encrypted_columns: [{ name: c, path: a }, { name: c, path: a }]"),
      "tables[0].encrypted_columns[1]: names a of c a second time",
    ],
    [
      table("encrypted_columns: [{ name: c, path: a }, d, c]"),
      "tables[0].encrypted_columns[2]: names c once with a path and once as a whole",
    ],
    [
      table("encrypted_columns: [{ name: c, path: 'a..b' }]"),
      "tables[0].encrypted_columns[0].path: is no path; one is like contacts[*].phone",
    ],
    [
      table("encrypted_columns: [c], partition_key: [a, a]"),
      "tables[0].partition_key[1]: names the column a a second",
    ],
    [
      table("encrypted_columns: [c], partition_key: [a], clustering_key: [a]"),
      "tables[0].clustering_key[0]: names a, which is in partition_key too",
    ],
    [
      table("encrypted_columns: [c], primary_key: [c]"),
      "tables[0].encrypted_columns[0]: names c, which is part of the primary key",
    ],
    [
      table("encrypted_columns: [c], clustering_key: [c]"),
      "tables[0].encrypted_columns[0]: names c, which is part of the primary key",
    ],
    [
      table("encrypted_columns: [key_version]"),
      "tables[0].encrypted_columns[0]: names key_version, which is the key version label",
    ],
    [
      table("encrypted_columns: [c], partition_key: [k], key_version_column: k"),
      "tables[0].key_version_column: names k, which is part",
    ],
    [
      `${CLUSTER}${KEYS}tables:\n  - { name: t, encrypted_columns: [c] }\n  - { name: t, keyspace: ks, encrypted_columns: [d] }\n`,
      "tables[1].name: names the same table as tables[0]",
    ],
    [
      execution("checkpoint_interval_ms: 40000, lease_seconds: 60"),
      "execution.checkpoint_interval_ms: must be at most half of lease_seconds (60 s)",
    ],
  ])("is refused once: %j", (text, expected) => {
    const found = problemsOf(text);
    expect(found[0]).toContain(expected);
    expect(found.filter((line) => !line.includes("contact_points"))).toHaveLength(
      expected.includes("contact_points") || expected === "is set twice" ? 0 : 1,
    );
  });

  it("is told of together with everything else that is wrong, in the order of the file", () => {
    const text = `cluster:
  contact_points: []
  username: u
  password: p
  password_env: P
  port: none
provider:
  old_key_env: A
  new_key_env: A
  new_key_version: 2
tables:
  - name: t.x
    partition_key: [a, 5]
    clustering_key: [b, b]
    encrypted_columns: [c, key_version]
  - name: u
    encrypted_columns: []
    clustering_key: [d]
    partition_key: [d]
execution:
  lease_seconds: soon
  checkpoint_interval_ms: 50000
nonsense: true
`;
    expect(problemsOf(text).map((line) => line.split(": ")[0])).toEqual([
      "1:1 cluster.keyspace",
      "2:3 cluster.contact_points",
      "5:17 cluster.password_env",
      "6:9 cluster.port",
      "9:16 provider.new_key_env",
      "10:20 provider.new_key_version",
      "12:11 tables[0].name",
      "13:24 tables[0].partition_key[1]",
      "14:25 tables[0].clustering_key[1]",
      "15:28 tables[0].encrypted_columns[1]",
      "17:5 tables[1].encrypted_columns",
      "18:22 tables[1].clustering_key[0]",
      "21:18 execution.lease_seconds",
      "23:11 nonsense",
    ]);
  });

  it("does not follow from a value that is already refused", () => {
    expect(problemsOf(cluster("username_env: 5, password_env: P"))).toHaveLength(1);
    expect(problemsOf(cluster("usrename_env: U, password_env: P"))).toHaveLength(1);
    expect(problemsOf(cluster("tls: { cert_file: [], key_file: k }"))).toHaveLength(1);
    expect(problemsOf(provider("old_key_env: 5, new_key_env: B"))).toHaveLength(1);
    expect(problemsOf(keys("provider: [], version: v2"))).toHaveLength(1);
    expect(problemsOf(execution("lease_seconds: 5, checkpoint_interval_ms: 31000"))).toHaveLength(1);
  });
});

describe("what is accepted and probably not meant", () => {
  it.each([
    [cluster("username: u, password: p"), "cluster.password: is in plain text"],
    [cluster("tls: { check_hostname: false }"), "cluster.tls.check_hostname: is off"],
    [execution("pause_on_backpressure: true"), "execution.pause_on_backpressure: has no effect without"],
    [
      provider("old_key_env: A, new_key_env: B, aws_region: x"),
      "provider.aws_region: has no effect with type fernet",
    ],
    [keys("provider: plaintext", "provider: a, version: v1"), "keys.target: is plaintext"],
    [table("encrypted_columns: [c], consistency: { write: ANY }"), "tables[0].consistency: write ANY"],
    [
      table("encrypted_columns: [c], consistency: { serial: SERIAL }"),
      "tables[0].consistency: serial has no effect",
    ],
  ])("is warned of, with its place: %j", (text, expected) => {
    const { warnings } = load(text);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^\/etc\/rekey\/config\.yaml:\d+:\d+ /);
    expect(warnings[0]).toContain(expected);
  });
});
