import { describe, expect, it } from "vitest";
import { load, REFERENCE, SMALLEST } from "./load.ts";

describe("the Python tool's configuration", () => {
  it("loads as its documentation shows it, with the meaning that was meant", () => {
    const { settings, warnings } = load(REFERENCE);
    expect(settings.cluster).toMatchObject({
      contactPoints: ["cass-1", "cass-2", "cass-3"].map((host) => ({ host, port: 9042 })),
      localDc: "us-west-2",
      keyspace: "app_data",
    });
    expect(settings.state).toMatchObject({ type: "cassandra", options: { keyspace: "rekey_meta" } });
    expect(settings.keys.target).toMatchObject({
      type: "fernet",
      version: "v2",
      options: { key: { env: "REKEY_NEW_KEY" } },
    });
    expect(settings.keys.previous).toMatchObject([
      { version: "v1", options: { key: { env: "REKEY_OLD_KEY" } } },
    ]);
    const [users, accounts] = settings.tables;
    expect(users).toMatchObject({
      name: "users",
      keyspace: "app_data",
      partitionKey: ["tenant_id", "user_id"],
      clusteringKey: ["event_time"],
      encryptedColumns: ["ssn", "email"],
      chunks: 256,
      consistency: { read: "LOCAL_QUORUM", write: "LOCAL_QUORUM" },
      // The guard without the application's own lightweight transactions loses updates.
      writeMode: "fenced",
      keyVersionColumn: "key_version",
      keyVersionColumnConfigured: false,
    });
    expect(accounts).toMatchObject({ partitionKey: ["account_id"], chunks: 1024, writeMode: "fenced" });
    expect(settings.execution.workers).toBe(16);
    expect(settings.throttles).toMatchObject([
      { type: "latency", options: { threshold_ms: 50, pause: true } },
    ]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/:23:20 tables\[0\]\.use_lwt_guard: falls back to fenced writes/);
  });

  it("is accepted in every field of every section", () => {
    const { settings } = load(`
cluster: { contact_points: [a], port: 9043, local_dc: dc1, keyspace: ks, username: u, password: p }
state: { keyspace: jobs }
provider: { type: fernet, old_key_env: A, new_key_env: B, old_key_version: k1, new_key_version: k2 }
tables:
  - name: t
    primary_key: [id]
    encrypted_columns: [c]
    chunks: 7
    preserve_ttl: false
    preserve_writetime: false
    use_lwt_guard: false
    consistency: { read: ONE, write: ALL }
execution:
  workers: 2
  page_size: 100
  max_attempts: 5
  dry_run: true
  read_p99_threshold_ms: 12.5
  stuck_chunk_seconds: 90
`);
    expect(settings.cluster).toMatchObject({
      contactPoints: [{ host: "a", port: 9043 }],
      username: { value: "u" },
      password: { value: "p" },
    });
    expect(settings.state.options).toEqual({ keyspace: "jobs" });
    expect([settings.keys.target.version, settings.keys.previous[0]?.version]).toEqual(["k2", "k1"]);
    expect(settings.tables[0]).toMatchObject({
      partitionKey: ["id"],
      chunks: 7,
      writeMode: "fenced",
      consistency: { read: "ONE", write: "ALL" },
    });
    expect(settings.execution).toMatchObject({
      workers: 2,
      pageSize: 100,
      maxAttempts: 5,
      dryRun: true,
      stuckChunkSeconds: 90,
    });
    expect(settings.throttles[0]?.options).toEqual({ threshold_ms: 12.5, pause: false });
  });

  it("names keys of AWS KMS, in the format that the tool wrote", () => {
    const { settings } = load(
      SMALLEST.replace(
        "{ old_key_env: OLD, new_key_env: NEW }",
        "{ type: aws_kms, old_cmk_arn: arn:old, new_cmk_arn: arn:new, aws_region: eu-west-1 }",
      ),
    );
    expect(settings.keys.target).toMatchObject({
      type: "aws-kms",
      options: { key_id: "arn:new", region: "eu-west-1", format: "reference" },
    });
    expect(settings.keys.previous[0]?.options).toMatchObject({ key_id: "arn:old" });
  });

  it("names a module of one's own", () => {
    const { settings } = load(SMALLEST.replace("{ old", "{ module: ./mine.js, old"));
    const module = { path: "/etc/rekey/mine.js", spelling: "./mine.js" };
    expect(settings.keys.target).toMatchObject({ module, options: { key: { env: "NEW" } } });
    expect(settings.keys.previous[0]).toMatchObject({ module, options: { key: { env: "OLD" } } });
  });

  it.each(["yes", "on", "True", "y", "1", '"true"'])("takes %s for true, as its parser did", (word) => {
    const { settings } = load(`${SMALLEST}execution: { dry_run: ${word} }\n`);
    expect(settings.execution.dryRun).toBe(true);
  });

  it.each(["no", "off", "FALSE", "n", "0"])("takes %s for false", (word) => {
    const { settings } = load(`${SMALLEST}execution: { dry_run: ${word} }\n`);
    expect(settings.execution.dryRun).toBe(false);
  });

  it.each([
    ["1_000", 1000],
    ['"250"', 250],
  ])("takes %s for a number", (text, expected) => {
    expect(load(`${SMALLEST}execution: { page_size: ${text} }\n`).settings.execution.pageSize).toBe(expected);
  });

  it.each([
    ["use_lwt_guard: true\n    application_writes: lwt", "lwt", []],
    ["use_lwt_guard: true", "fenced", ["use_lwt_guard"]],
    ["preserve_writetime: true\n    use_lwt_guard: true", "fenced", ["use_lwt_guard"]],
    ["preserve_writetime: false", "fenced", ["preserve_writetime"]],
    ["preserve_ttl: false", "fenced", ["preserve_ttl"]],
    ["preserve_writetime: false\n    use_lwt_guard: true\n    application_writes: lwt", "lwt", []],
    ["application_writes: lwt", "fenced", []],
    ["application_writes: none\n    use_lwt_guard: true", "lwt", []],
  ])("writes as it is safe to: %j is %s", (lines, mode, warned) => {
    const { settings, warnings } = load(`${SMALLEST}    ${lines}\n`);
    expect(settings.tables[0]?.writeMode).toBe(mode);
    expect(warnings.map((line) => /tables\[0\]\.(\w+)/.exec(line)?.[1])).toEqual(warned);
  });

  it("prefers partition_key to its older name, and says so", () => {
    const { settings, warnings } = load(`${SMALLEST}    partition_key: [a, b]\n    primary_key: [c]\n`);
    expect(settings.tables[0]?.partitionKey).toEqual(["a", "b"]);
    expect(warnings[0]).toMatch(/:9:5 tables\[0\]\.primary_key: is the older name/);
  });

  it("keeps jobs in a file when it says nothing of state, and in Cassandra when it does", () => {
    expect(load(SMALLEST).settings.state).toMatchObject({
      type: "file",
      defaults: { path: "/etc/rekey/cassandra-rekey.state.db" },
    });
    expect(load(`${SMALLEST}state: {}\n`).settings.state).toMatchObject({
      type: "cassandra",
      defaults: { keyspace: "rekey_meta" },
    });
    expect(load(`${SMALLEST}state: { type: file, path: jobs.db }\n`).settings.state.options).toEqual({
      path: "/etc/rekey/jobs.db",
    });
  });
});
