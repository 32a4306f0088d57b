import { isCassandra, useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli } from "../cli.ts";
import { inShort, runDoctor } from "../doctor-run.ts";
import { checkAll, configFor, type FixtureTable, newFernetKey, seed } from "../fixture-table.ts";

const oldKey = newFernetKey();
const newKey = newFernetKey();
const env = { REKEY_OLD_KEY: oldKey, REKEY_NEW_KEY: newKey };
/** Cells of a second kind among the others. */
const strangerKey = newFernetKey();

describe("doctor on a cluster", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  let people: FixtureTable;
  let strangers: FixtureTable;
  let place: string;

  beforeAll(async () => {
    people = await seed(db.client, db.keyspace, { key: oldKey, rows: 20 });
    strangers = await seed(db.client, db.keyspace, { key: strangerKey, rows: 20, name: "strangers" });
    place = `${db.keyspace}.people`;
  });

  const config = (cluster: object = {}) => {
    const whole = configFor(db.cluster, [people]);
    return { ...whole, cluster: { ...whole.cluster, ...cluster } };
  };

  it("is content where nothing stands in the way, in text as well", async () => {
    await using folder = await cliFolder();
    const options = { config: config(), env, cwd: folder.path };
    const [text, { status, checks }] = await Promise.all([runCli(["doctor"], options), runDoctor(options)]);
    // Cassandra 4.0 keeps no tables of what it is doing.
    const isSeen = isCassandra(db.cluster.version, "4.1");
    expect(status).toBe(0);
    expect(inShort(checks, null)).toEqual([
      "OK keys.round-trip",
      "OK keys.differ",
      "OK connection",
      "OK cluster.version",
      "OK cluster.partitioner",
      "OK cluster.nodes",
      "OK cluster.replicas",
      "OK cluster.clock",
      `${isSeen ? "OK" : "WARN"} cluster.activity`,
      "OK cluster.permissions",
      "OK cluster.guardrails",
      "OK state",
    ]);
    expect(inShort(checks, place)).toEqual(["OK table", "OK keys.sample"]);
    expect(text.status).toBe(0);
    expect(text.stdout).toContain(`\n\nTable ${place}\nOK    table `);
    expect(text.stdout).toContain(
      `14 checks: ${isSeen ? "14 OK, 0 WARN" : "13 OK, 1 WARN"}, 0 FAIL. Nothing stands in the way.\n`,
    );
    expect(await checkAll(db.client, people, { key: oldKey, writetimeShift: 0 })).toEqual([]);
  });

  it("tells whether the keys open what is there, and shows neither", async () => {
    const wrong = { ...env, REKEY_OLD_KEY: newFernetKey() };
    const same = { ...env, REKEY_NEW_KEY: oldKey };
    const both = {
      ...configFor(db.cluster, [people, strangers]),
      provider: undefined,
      keys: {
        target: { provider: "fernet", version: "v3", key: { env: "REKEY_NEW_KEY" } },
        previous: [
          { provider: "fernet", version: "v1", key: { env: "REKEY_OLD_KEY" } },
          { provider: "fernet", version: "v2", key: { env: "REKEY_OLD_KEY" } },
        ],
      },
    };
    const [none, twice, some] = await Promise.all([
      runDoctor({ config: config(), env: wrong }),
      runDoctor({ config: config(), env: same }),
      runDoctor({ config: both, env }),
    ]);
    expect(none.of("keys.sample")).toMatchObject([
      {
        level: "FAIL",
        message: expect.stringMatching(
          /^none of (\d+) sampled cells opens .* \(\1 for the reason: \w+: not-authentic; \w+: not-authentic\)/,
        ),
      },
    ]);
    expect(twice.of("keys.differ")).toMatchObject([
      { level: "FAIL", message: expect.stringContaining("they are the same key") },
    ]);
    expect(some.of("keys.differ").map(({ level }) => level)).toEqual(["OK", "OK", "WARN"]);
    expect(some.level("keys.sample", place)).toBe("OK");
    expect(some.level("keys.sample", `${db.keyspace}.strangers`)).toBe("FAIL");

    // A cell that none of them opens, among others: the run would leave it alone.
    const [odd] = strangers.rows;
    await db.client.execute(
      `INSERT INTO ${place} (region, account, entry, email) VALUES (?, ?, ?, ?)`,
      [...odd!.key, "not a token"],
      { prepare: true },
    );
    const mixed = await runDoctor({ config: config(), env });
    expect(mixed.status).toBe(0);
    expect(mixed.of("keys.sample")).toMatchObject([
      {
        level: "WARN",
        message: expect.stringMatching(/^1 of \d+ sampled cells do not open .*not-this-format/),
      },
    ]);

    for (const key of [odd!.key[0], odd!.key[1].toString(), "not a token", "example.com"])
      expect(JSON.stringify(mixed.checks)).not.toContain(key);
  });

  it("counts the replicas that the consistency level needs", async () => {
    const three = `${db.keyspace}_rf3`;
    await db.client.execute(
      `CREATE KEYSPACE ${three} WITH replication = {'class': 'NetworkTopologyStrategy', '${db.cluster.localDc}': 3}`,
    );
    const table = await seed(db.client, three, { key: oldKey, rows: 1 });
    const whole = configFor(db.cluster, [table]);
    const at = (level: string) => ({
      ...whole,
      tables: whole.tables.map((entry) => ({ ...entry, consistency: { read: level, write: level } })),
    });
    const [quorum, one] = await Promise.all([
      runDoctor({ config: at("LOCAL_QUORUM"), env }),
      runDoctor({ config: at("ONE"), env }),
    ]);
    expect(quorum.of("cluster.replicas")).toMatchObject([
      {
        level: "FAIL",
        table: `${three}.people`,
        message: `LOCAL_QUORUM needs 2 of 3 replicas in ${db.cluster.localDc}; of some ranges only 1 is up`,
      },
    ]);
    // The server says the same.
    expect(quorum.of("keys.sample")).toMatchObject([{ level: "FAIL" }]);
    expect(one.level("cluster.replicas")).toBe("OK");
    expect(one.level("keys.sample")).toBe("OK");
  });

  it("says what keeps it from connecting, and checks what it can without", async () => {
    const [port, tls, dc, keys] = await Promise.all([
      runDoctor({ config: config({ port: 1 }), env }),
      runDoctor({ config: config({ tls: true }), env }),
      runDoctor({ config: config({ local_dc: "dc9" }), env }),
      runDoctor({ config: config({ port: 1 }), env: {} }),
    ]);
    for (const run of [port, tls, dc, keys]) expect(run.status).toBe(1);
    expect(port.of("connection")).toMatchObject([
      {
        level: "FAIL",
        message: expect.stringContaining("ECONNREFUSED"),
        next: expect.stringContaining("cluster.port"),
      },
    ]);
    expect(tls.of("connection")).toMatchObject([
      {
        level: "FAIL",
        message: expect.stringContaining("does not speak TLS"),
        next: expect.stringContaining("cluster.tls"),
      },
    ]);
    expect(dc.of("connection")).toMatchObject([
      { level: "FAIL", message: expect.stringContaining(db.cluster.localDc) },
    ]);
    expect(port.level("keys.round-trip")).toBe("OK");
    expect(port.level("state")).toBe("OK");
    expect(keys.of("keys")).toMatchObject([
      { level: "FAIL", message: expect.stringContaining("REKEY_NEW_KEY") },
    ]);
  });

  it("says what the state store lacks, and nothing twice when the cluster is not there", async () => {
    const state = { keyspace: `${db.keyspace}_state` };
    const [missing, away] = await Promise.all([
      runDoctor({ config: { ...config(), state }, env }),
      runDoctor({ config: { ...config({ port: 1 }), state }, env }),
    ]);
    expect(missing.of("state")).toMatchObject([
      { level: "FAIL", next: expect.stringContaining("cassandra-rekey init-state") },
    ]);
    const created = await db.client.execute(
      `SELECT * FROM system_schema.keyspaces WHERE keyspace_name = '${state.keyspace}'`,
    );
    expect(created.rows).toEqual([]);
    expect(away.checks.filter(({ level }) => level === "FAIL").map(({ check }) => check)).toEqual([
      "connection",
    ]);
    await runCli(["init-state"], { config: { ...config(), state }, env });
    const made = await runDoctor({ config: { ...config(), state }, env });
    expect(made.level("state")).toBe("OK");
  });
});
