import { connectClient, type LocalCassandra, startCassandra } from "@cassandra-rekey/local-cassandra";
import cassandra, { type Client } from "cassandra-driver";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkAll } from "../fixture-table.ts";
import { planRotation } from "../rotation.ts";
import { eventually } from "../state-of-job.ts";

/** A line of a census per replica. */
interface CensusJson {
  readonly replica: string;
  readonly keyVersion: string;
  readonly cells: number;
}

const ROWS = 150;
/** About 40 s for three nodes and as many for the test; several times that on a busy machine. */
const LONGEST_MS = 300_000;
const { all } = cassandra.types.consistencies;

let cluster: LocalCassandra;
let client: Client;

beforeAll(async () => {
  cluster = await startCassandra({
    nodes: 3,
    from: ["jvm"],
    heap: "400m",
    // What a node misses while it is down stays missed, and it answers from its own data.
    config: { hinted_handoff_enabled: false, dynamic_snitch: false },
    // Nodes of a busy machine need a while to find each other.
    jvmArguments: ["-Dcassandra.ring_delay_ms=2500"],
  });
  client = await connectClient(cluster);
}, LONGEST_MS);
afterAll(async () => {
  await client?.shutdown();
  await cluster?.[Symbol.asyncDispose]();
});

/** Cells under the old and the new key on each node, in the order of the nodes. */
function cellsByReplica(census: readonly CensusJson[]): number[][] {
  return cluster.contactPoints.map((host) =>
    ["v1", "v2"].map((version) =>
      census
        .filter((line) => line.replica === `${host}:${cluster.port}` && line.keyVersion === version)
        .reduce((sum, line) => sum + line.cells, 0),
    ),
  );
}

it(
  "finds the replica that missed a job's writes, demands a repair, and is satisfied once it is healed",
  async () => {
    const keyspace = "replicas";
    await client.execute(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${cluster.localDc}': 3}`,
    );
    await using job = await planRotation(client, cluster, keyspace, {
      state: "file",
      rows: ROWS,
      table: { chunks: 4 },
      execution: { settle_seconds: 1 },
    });
    // A read of the table itself at ALL would heal what it meets.
    await client.execute(`CREATE TABLE ${keyspace}.probe (id int PRIMARY KEY)`);
    const third = `127.0.0.3:${cluster.port}`;

    // A node that is killed loses what its commit log had not synced yet.
    await cluster.nodetool(["flush", keyspace], 2);
    await cluster.killNode(2);
    expect((await job.run(["run", "--json", "--job-id", job.jobId])).json).toMatchObject({ outcome: "done" });
    const status = await job.run(["status", "--json", "--job-id", job.jobId]);
    expect(status.json.outages.join()).toContain(`${third} was down`);
    await cluster.startNode(2);
    await eventually(
      "all replicas answer",
      () =>
        client.execute(`SELECT id FROM ${keyspace}.probe`, [], { consistency: all }).then(
          () => true,
          () => false,
        ),
      (answered) => answered,
    );

    const found = await job.run(["verify", "--per-replica", "--json"]);
    expect(found.status).toBe(1);
    expect(found.json.clean).toBe(false);
    const { cells } = job.fixture;
    expect(cellsByReplica(found.json.census)).toEqual([
      [0, cells],
      [0, cells],
      [cells, 0],
    ]);
    expect(found.json.findings.join()).toContain(`${job.fixture.name}.email on ${third}: `);
    const healed = await job.run(["verify", "--heal", "--json"]);
    expect(healed.json).toMatchObject({ clean: true });
    expect(healed.status).toBe(1);
    expect(healed.json.repairs.join()).toContain(`${third} was down`);
    const satisfied = await job.run(["verify", "--per-replica", "--json"]);
    expect(satisfied.json).toMatchObject({ clean: true, repairs: [] });
    expect(satisfied.status).toBe(0);
    expect(await checkAll(client, job.fixture, { key: job.keys.new })).toEqual([]);
  },
  LONGEST_MS,
);
