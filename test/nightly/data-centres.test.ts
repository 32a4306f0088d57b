import { connectClient, type LocalCassandra, startCassandra } from "@cassandra-rekey/local-cassandra";
import cassandra, { type Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli } from "../cli.ts";
import { inShort, runDoctor } from "../doctor-run.ts";
import { checkAll, configFor, type FixtureTable, newFernetKey, seed } from "../fixture-table.ts";

const DATA_CENTRES = ["dc1", "dc1", "dc2"];
/** Replicas of each row by data centre: one, two and three in all. */
const REPLICATION: Readonly<Record<string, string>> = {
  one: "'dc1': 1",
  two: "'dc1': 1, 'dc2': 1",
  three: "'dc1': 2, 'dc2': 1",
};
const LEVELS = ["LOCAL_QUORUM", "EACH_QUORUM"];
const ROWS = 60;
/** Three nodes on a busy machine take minutes. */
const LONGEST_MS = 900_000;
const { all, localQuorum } = cassandra.types.consistencies;
const { unavailableException } = cassandra.types.responseErrorCodes;
const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };

describe("two data centres", () => {
  let cluster: LocalCassandra;
  /** One for each data centre. */
  let clients: Readonly<Record<string, Client>>;
  const tables: (FixtureTable & { readonly level: string })[] = [];

  const clientOf = (localDataCenter: string, consistency: number) =>
    connectClient(cluster, { localDataCenter, queryOptions: { consistency } });
  const configuration = (localDc: string, changes: (table: string) => object = () => ({})) => {
    const base = configFor(cluster, tables);
    return {
      ...base,
      cluster: { ...base.cluster, local_dc: localDc },
      tables: base.tables.map((table, index) => {
        const { keyspace, name, level } = tables[index]!;
        return {
          ...table,
          name,
          keyspace,
          chunks: 2,
          consistency: { read: level, write: level },
          ...changes(`${keyspace}.${name}`),
        };
      }),
      state: { keyspace: "rekey_state" },
      execution: { settle_seconds: 1, workers: 2 },
    };
  };

  beforeAll(async () => {
    cluster = await startCassandra({
      dataCenters: DATA_CENTRES,
      from: ["jvm"],
      heap: "400m",
      // A node is read alone only where reads are not handed on to a faster one, and what it misses stays missed.
      config: { dynamic_snitch: false, hinted_handoff_enabled: false },
      // Nodes of a busy machine need a while to find each other.
      jvmArguments: ["-Dcassandra.ring_delay_ms=2500"],
    });
    clients = { dc1: await clientOf("dc1", localQuorum), dc2: await clientOf("dc2", localQuorum) };
    await using writer = Object.assign(await clientOf("dc1", all), {
      [Symbol.asyncDispose]: async () => {},
    });
    for (const [keyspace, replication] of Object.entries(REPLICATION)) {
      await writer.execute(
        `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', ${replication}}`,
      );
      for (const level of LEVELS) {
        const name = level.toLowerCase();
        const table = await seed(writer, keyspace, { key: env.REKEY_OLD_KEY, rows: ROWS, name });
        tables.push({ ...table, level });
      }
    }
    await writer.shutdown();
  }, LONGEST_MS);
  afterAll(async () => {
    for (const client of Object.values(clients ?? {})) await client.shutdown();
    await cluster?.[Symbol.asyncDispose]();
  });

  it(
    "are rekeyed at LOCAL_QUORUM and EACH_QUORUM with one to three replicas, and each is clean by itself",
    async () => {
      await using folder = await cliFolder();
      const cli = (localDc: string, ...args: string[]) =>
        runCli(args, { env, cwd: folder.path, config: configuration(localDc) });
      expect(await cli("dc1", "init-state")).toMatchObject({ status: 0 });
      const { jobId } = (await cli("dc1", "plan", "--json")).json;
      const run = await cli("dc1", "run", "--json", "--job-id", jobId);
      expect(run.json).toMatchObject({ outcome: "done" });
      const status = await cli("dc1", "status", "--json", "--job-id", jobId);
      expect(status.json).toMatchObject({ outages: [] });

      for (const [localDc, client] of Object.entries(clients)) {
        const there = tables.filter(({ keyspace }) => REPLICATION[keyspace]!.includes(localDc));
        const verified = await cli(localDc, "verify", "--per-replica", "--json");
        expect(verified.json).toMatchObject({ clean: true });
        const replicas = new Set(verified.json.census.map(({ replica }: { replica: string }) => replica));
        expect(replicas.size).toBe(DATA_CENTRES.filter((dc) => dc === localDc).length);
        for (const table of there)
          expect([table.keyspace, await checkAll(client, table, { key: env.REKEY_NEW_KEY })]).toEqual([
            table.keyspace,
            [],
          ]);
      }
    },
    LONGEST_MS,
  );

  it(
    "are told apart by doctor, and one of them is enough for LOCAL_QUORUM and LOCAL_SERIAL",
    async () => {
      const lwt = { use_lwt_guard: true, application_writes: "lwt" };
      const own = { read: "LOCAL_QUORUM", write: "LOCAL_QUORUM" };
      const serials: Readonly<Record<string, string | undefined>> = {
        "two.local_quorum": "LOCAL_SERIAL",
        "two.each_quorum": undefined,
      };
      const guarded = configuration("dc1", (table) =>
        table in serials ? { ...lwt, consistency: { ...own, serial: serials[table] } } : {},
      );
      const before = await runDoctor({ config: guarded, env });
      expect(before.of("table.serial").map(({ table, message }) => [table, message])).toEqual([
        ["two.local_quorum", expect.stringContaining("LOCAL_SERIAL, in dc1 alone")],
        ["two.each_quorum", expect.stringContaining("consistency.serial is not set")],
      ]);
      expect(before.level("cluster.replicas")).toBe("OK");

      const gone = DATA_CENTRES.indexOf("dc2");
      // It takes its leave: on a busy machine the others would need a minute to be sure of its death.
      // A Java without the RMI of JNDI, as the wheel's, has no nodetool: there they get the minutes that they need.
      await cluster.nodetool(["disablegossip"], gone).catch(() => {});
      await cluster.killNode(gone);
      const read = () =>
        clients["dc1"]!.execute("SELECT email FROM two.local_quorum LIMIT 1", [], { consistency: all });
      const isKnown = () =>
        read().then(
          () => false,
          ({ code }: { code?: number }) => code === unavailableException,
        );
      await expect.poll(isKnown, { timeout: LONGEST_MS, interval: 200 }).toBe(true);
      const after = await runDoctor({ config: guarded, env });
      expect(after.of("cluster.replicas", "two.local_quorum")).toEqual([]);
      expect(after.of("cluster.replicas", "two.each_quorum")).toMatchObject([
        { level: "FAIL", message: expect.stringMatching(/^SERIAL needs 2 of 2 replicas/) },
      ]);
      const fenced = await runDoctor({ config: configuration("dc1"), env });
      expect(fenced.of("cluster.replicas", "two.each_quorum")).toMatchObject([
        { level: "FAIL", message: expect.stringMatching(/^EACH_QUORUM needs 1 of 1 replicas in dc2/) },
      ]);
      expect(fenced.of("cluster.replicas", "two.local_quorum")).toEqual([]);
      expect(inShort(fenced.checks, null)).toContain("WARN cluster.nodes");

      // Back to the old key by transactions that the living data centre decides by itself.
      await using folder = await cliFolder();
      const swapped = { REKEY_OLD_KEY: env.REKEY_NEW_KEY, REKEY_NEW_KEY: env.REKEY_OLD_KEY };
      const config = {
        ...guarded,
        tables: guarded.tables.filter(({ name, keyspace }) => `${keyspace}.${name}` === "two.local_quorum"),
        state: { type: "file", path: "state.db" },
      };
      const cli = (...args: string[]) => runCli(args, { env: swapped, cwd: folder.path, config });
      await cli("init-state");
      const { jobId } = (await cli("plan", "--json")).json;
      expect((await cli("run", "--json", "--job-id", jobId)).json).toMatchObject({ outcome: "done" });
      // It was down before the run began: no change of it was to be heard of.
      const status = await cli("status", "--json", "--job-id", jobId);
      expect(status.json.outages.join()).toContain(`127.0.0.${DATA_CENTRES.length}:${cluster.port} was down`);
      expect((await cli("verify", "--json")).json).toMatchObject({ clean: true });
    },
    LONGEST_MS,
  );
});
