import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  connectClient,
  defaultVersion,
  type LocalCassandra,
  startCassandra,
} from "@cassandra-rekey/local-cassandra";
import { freshKeyspace, isCassandra, needsCassandra } from "@cassandra-rekey/local-cassandra/shared";
import cassandra, { type Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli } from "../cli.ts";
import { inShort, runDoctor } from "../doctor-run.ts";
import { configFor, type FixtureTable, newFernetKey, seed } from "../fixture-table.ts";

const version = defaultVersion();
/** Guardrails that refuse all they can. */
const GUARDRAILS = {
  page_size_fail_threshold: 400,
  user_timestamps_enabled: false,
  read_consistency_levels_disallowed: ["ALL", "LOCAL_QUORUM"],
  write_consistency_levels_disallowed: ["ALL", "LOCAL_QUORUM"],
  data_disk_usage_percentage_fail_threshold: 1,
  data_disk_usage_max_disk_size: "1MiB",
  read_before_write_list_operations_enabled: false,
};
const OLDEST = { minimum_timestamp_fail_threshold: "30m" };
/** What needs a node of its own: passwords, TLS, change data capture and guardrails, as far as the version has them. */
const NODE = {
  cdc_enabled: true,
  ...(isCassandra(version, "4.1") && GUARDRAILS),
  ...(isCassandra(version, "5.0") && OLDEST),
};
/** The start has a limit of its own, and says what was in its way. */
const LONGEST_START_MS = 5 * 60_000;
const PASSWORD = "correct horse battery staple";
const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey(), REKEY_PASSWORD: PASSWORD };

describe("doctor as a role on a guarded node", () => {
  let node: LocalCassandra;
  let admin: Client;
  let keyspace: string;
  let people: FixtureTable;
  let place: string;

  beforeAll(async () => {
    node = await startCassandra({
      from: ["jvm"],
      auth: true,
      tls: { plaintext: true },
      heap: "512m",
      config: NODE,
      jvmArguments: ["-Dcassandra.disk_usage.monitor_interval_ms=200"],
    });
    admin = await connectClient(node);
    keyspace = await freshKeyspace(admin);
    people = await seed(admin, keyspace, { key: env.REKEY_OLD_KEY, rows: 50, ageMs: 7_200_000 });
    place = `${keyspace}.people`;
  }, LONGEST_START_MS);
  afterAll(async () => {
    await admin?.shutdown();
    await node?.stop();
  });

  const role = async (name: string, ...grants: string[]) => {
    await admin.execute(`CREATE ROLE ${name} WITH LOGIN = true AND PASSWORD = '${PASSWORD}'`);
    for (const grant of grants) await admin.execute(`GRANT ${grant} TO ${name}`);
  };
  const config = (username: string, cluster: object = {}, table: object = {}) => {
    const whole = configFor(node, [people]);
    return {
      ...whole,
      cluster: { ...whole.cluster, username, password_env: "REKEY_PASSWORD", ...cluster },
      tables: whole.tables.map((entry) => ({ ...entry, ...table })),
    };
  };

  it("names each permission that lacks, and is content with the grants that it proposes", async () => {
    await role('"Nobody"', "SELECT ON system_views.settings");
    const before = await runDoctor({ config: config("Nobody"), env });
    expect(
      before.of("cluster.permissions", place).map(({ level, message }) => `${level} ${message}`),
    ).toEqual(["FAIL role Nobody lacks SELECT", "FAIL role Nobody lacks MODIFY"]);
    expect(before.level("keys.sample")).toBe("FAIL");
    for (const { next } of before.of("cluster.permissions")) await admin.execute(next!);
    const after = await runDoctor({
      config: config("Nobody", {}, { consistency: { read: "ONE", write: "ONE" } }),
      env,
    });
    expect(after.level("cluster.permissions")).toBe("OK");
    expect(after.level("keys.sample")).toBe("OK");
  });

  it("counts inherited grants, and those on the keyspace, its tables and all keyspaces", async () => {
    await role(
      "keyspace_wide",
      `SELECT ON KEYSPACE ${keyspace}`,
      isCassandra(version, "4.1")
        ? `MODIFY ON ALL TABLES IN KEYSPACE ${keyspace}`
        : `MODIFY ON KEYSPACE ${keyspace}`,
    );
    await admin.execute("CREATE ROLE operators");
    await admin.execute("GRANT SELECT ON ALL KEYSPACES TO operators");
    await admin.execute(`GRANT MODIFY ON ${place} TO operators`);
    await role("heir", "operators");
    await role("reader", `SELECT ON ${place}`);
    const [wide, heir, reader] = await Promise.all(
      ["keyspace_wide", "heir", "reader"].map((name) => runDoctor({ config: config(name), env })),
    );
    expect(wide!.level("cluster.permissions")).toBe("OK");
    expect(heir!.level("cluster.permissions")).toBe("OK");
    expect(reader!.of("cluster.permissions")).toMatchObject([
      { level: "FAIL", message: "role reader lacks MODIFY" },
    ]);
  });

  it("reads guardrails where the role may read system_views", async (test) => {
    needsCassandra("4.1", node, test);
    const own = [`SELECT ON KEYSPACE ${keyspace}`, `MODIFY ON KEYSPACE ${keyspace}`];
    await role("blind", ...own);
    await role("seeing", ...own, "SELECT ON KEYSPACE system_views");
    const [blind, seeing] = await Promise.all(
      ["blind", "seeing"].map((name) => runDoctor({ config: config(name), env })),
    );
    expect(blind!.level("cluster.guardrails")).toBe("WARN");
    expect(blind!.of("cluster.guardrails")[0]!.next).toContain("GRANT SELECT ON KEYSPACE system_views");
    expect(seeing!.level("cluster.page-size")).toBe("FAIL");
  });

  it("finds every guardrail in the way of an ordinary role, and the way around it", async (test) => {
    needsCassandra("4.1", node, test);
    await role("ordinary", "ALL ON ALL KEYSPACES", "SELECT ON KEYSPACE system_views");
    await role("chief");
    await admin.execute("ALTER ROLE chief WITH SUPERUSER = true");
    const allowed = { read: "LOCAL_ONE", write: "QUORUM" };
    const around = {
      ...config("ordinary", {}, { consistency: allowed, use_lwt_guard: true, application_writes: "lwt" }),
      execution: { page_size: 400 },
    };
    await using folder = await cliFolder();
    const [refused, chief, mended] = await Promise.all([
      runDoctor({ config: config("ordinary"), env }),
      runDoctor({ config: config("chief"), env }),
      runDoctor({ config: around, env, cwd: folder.path }),
    ]);
    expect(inShort(refused.checks, null)).toEqual(
      expect.arrayContaining([
        "FAIL cluster.page-size",
        "FAIL cluster.timestamps",
        "FAIL cluster.disk",
        "WARN cluster.disk",
      ]),
    );
    expect(refused.of("cluster.timestamps").map(({ message }) => message)).toEqual([
      expect.stringContaining("user_timestamps_enabled: false"),
      ...(isCassandra(version, "5.0") ? [expect.stringContaining("older than 30m")] : []),
    ]);
    expect(refused.of("cluster.consistency", place)).toHaveLength(2);
    expect(inShort(chief.checks, null)).toContain("OK cluster.guardrails");
    expect(chief.level("keys.sample")).toBe("OK");

    for (const check of ["cluster.page-size", "cluster.timestamps", "cluster.consistency"])
      expect(mended.level(check)).toBeUndefined();
    expect(mended.level("keys.sample")).toBe("OK");
    const cli = (...args: string[]) => runCli(args, { env, cwd: folder.path });
    expect(await cli("plan", "--json")).toMatchObject({ status: 0 });
    expect(await cli("run", "--dry-run", "--json")).toMatchObject({ status: 0 });
  });

  it("finds the guardrail that refuses to set elements of lists, in transactions as well", async (test) => {
    needsCassandra("4.1", node, test);
    await admin.execute(`CREATE TABLE ${keyspace}.lists (id int PRIMARY KEY, l list<text>)`);
    await admin.execute(`INSERT INTO ${keyspace}.lists (id, l) VALUES (1, ['b'])`);
    await role("lister", "ALL ON ALL KEYSPACES", "SELECT ON KEYSPACE system_views");
    const lists = { name: "lists", encrypted_columns: ["l"], use_lwt_guard: true, application_writes: "lwt" };
    const never = isCassandra(version, "5.0") ? {} : { elements_never_expire: true };
    const refused = await runDoctor({
      config: { ...config("lister"), tables: [{ ...lists, ...never, keyspace }] },
      env,
    });
    expect(refused.level("cluster.list-writes", `${keyspace}.lists`)).toBe("FAIL");
    const lister = await connectClient(node, {
      authProvider: new cassandra.auth.PlainTextAuthProvider("lister", PASSWORD),
    });
    const write = lister.execute(`UPDATE ${keyspace}.lists SET l[0] = 'a' WHERE id = 1 IF l = ['b']`);
    await expect(write.finally(() => lister.shutdown())).rejects.toThrow(/list items by index/);
  });

  it("fails a table whose CDC space would block the application, unless that is accepted", async () => {
    const captured = await seed(admin, keyspace, {
      key: env.REKEY_OLD_KEY,
      rows: 1,
      name: "captured",
      tableOptions: "cdc = true",
    });
    await role("capturer", `SELECT ON KEYSPACE ${keyspace}`);
    const whole = config("cassandra", { password: "cassandra", password_env: undefined });
    const tables = (accept: readonly string[]) =>
      configFor(node, [captured]).tables.map((table) => ({ ...table, accept }));
    const [failed, accepted, unknown] = await Promise.all([
      runDoctor({ config: { ...whole, tables: tables([]) }, env }),
      runDoctor({ config: { ...whole, tables: tables(["table.cdc-space"]) }, env }),
      runDoctor({ config: { ...config("capturer"), tables: tables([]) }, env }),
    ]);
    const table = `${keyspace}.captured`;
    expect(failed.level("table.cdc", table)).toBe("WARN");
    expect(failed.level("table.cdc-space", table)).toBe("FAIL");
    expect(failed.level("keys.sample", table)).toBe("OK");
    expect(accepted.level("table.cdc-space", table)).toBe("WARN");
    expect(unknown.of("table.cdc-space", table)).toMatchObject([
      { level: "WARN", message: expect.stringContaining("could not be checked") },
    ]);
  });

  it("refuses masked columns, which a role without UNMASK would read as their mask", async (test) => {
    needsCassandra("5.0", node, test);
    await admin.execute(
      `CREATE TABLE ${keyspace}.masked (a int PRIMARY KEY, email text MASKED WITH DEFAULT)`,
    );
    await role("unseeing", `SELECT ON KEYSPACE ${keyspace}`, `MODIFY ON KEYSPACE ${keyspace}`);
    const tables = [{ name: "masked", encrypted_columns: ["email"] }];
    const run = await runDoctor({ config: { ...config("unseeing"), tables }, env });
    expect(run.level("table.mask", `${keyspace}.masked`)).toBe("FAIL");
  });

  it("ends any other command with 4 when the password is wrong", async () => {
    await role("guest");
    const wrong = { config: config("guest"), env: { ...env, REKEY_PASSWORD: "guess" } };
    const [text, json] = await Promise.all([runCli(["plan"], wrong), runCli(["plan", "--json"], wrong)]);
    expect(json).toMatchObject({ status: 4, json: { error: { code: "CLUSTER.AUTHENTICATION" } } });
    expect(text).toMatchObject({ status: 4, stdout: "" });
    expect(text.stderr).toMatch(/^Error \[CLUSTER\.AUTHENTICATION\]: .*\nNext: .*password/m);
    for (const { stdout, stderr } of [text, json]) expect(stdout + stderr).not.toMatch(/guess|^\s+at /m);
  });

  it("tells a wrong password, a missing one, and an unknown authority apart", async () => {
    await role("visitor", `SELECT ON KEYSPACE ${keyspace}`);
    await using folder = await cliFolder();
    await writeFile(join(folder.path, "empty.pem"), "");
    const [wrong, none, trusted, untrusted] = await Promise.all([
      runDoctor({ config: config("visitor"), env: { ...env, REKEY_PASSWORD: "guess" } }),
      runDoctor({ config: config("visitor"), env: { ...env, REKEY_PASSWORD: "" } }),
      runDoctor({ config: config("visitor", { tls: { ca_file: node.tls!.ca } }), env }),
      runDoctor({ config: config("visitor", { tls: true }), env }),
    ]);
    expect(wrong.of("connection")).toMatchObject([
      {
        level: "FAIL",
        message: expect.stringContaining("incorrect"),
        next: expect.stringContaining("password"),
      },
    ]);
    expect(JSON.stringify(wrong.checks)).not.toContain("guess");
    expect(none.of("connection")).toMatchObject([{ level: "FAIL" }]);
    expect(trusted.of("connection")).toMatchObject([
      { level: "OK", message: expect.stringContaining("over TLS") },
    ]);
    expect(untrusted.of("connection")).toMatchObject([
      {
        level: "FAIL",
        message: expect.stringContaining("certificate"),
        next: expect.stringContaining("CA file"),
      },
    ]);
  });
});
