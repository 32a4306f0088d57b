import { openCluster } from "@cassandra-rekey/cassandra";
import type { Throttle } from "@cassandra-rekey/core";
import { systemClock } from "@cassandra-rekey/engine";
import { isCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { throttleContext } from "@cassandra-rekey/testkit";
import clusterLoad from "@cassandra-rekey/throttle-cluster-load";
import cassandra from "cassandra-driver";
import { afterAll, beforeAll, expect, it } from "vitest";
import { shortPlan } from "../chaos/fault.ts";
import { runChaos } from "../chaos/run-chaos.ts";
import { checkAll } from "../fixture-table.ts";
import { planRotation } from "../rotation.ts";
import { eventually } from "../state-of-job.ts";
import { startThreeNodes, type ThreeNodes } from "../three-nodes.ts";

/** A line of a census per replica. */
interface CensusJson {
  readonly replica: string;
  readonly keyVersion: string;
  readonly cells: number;
}

const ROWS = 150;
/** About 40 s for three nodes and as many for the test; several times that on a busy machine. */
const LONGEST_MS = 600_000;
const { all } = cassandra.types.consistencies;

let nodes: ThreeNodes;

beforeAll(async () => {
  // What a node misses while it is down stays missed, and it answers from its own data.
  nodes = await startThreeNodes({ hints: false });
}, LONGEST_MS);
afterAll(async () => {
  await nodes?.[Symbol.asyncDispose]();
});

/** Cells under the old and the new key on each node, in the order of the nodes. */
function cellsByReplica(census: readonly CensusJson[]): number[][] {
  const { contactPoints, port } = nodes.proxied;
  return contactPoints.map((host) =>
    ["v1", "v2"].map((version) =>
      census
        .filter((line) => line.replica === `${host}:${port}` && line.keyVersion === version)
        .reduce((sum, line) => sum + line.cells, 0),
    ),
  );
}

/** The throttle over a session of its own, as a job has it. */
async function openClusterHealth(stack: AsyncDisposableStack): Promise<Throttle> {
  const { contactPoints, port, localDc, version } = nodes.proxied;
  const session = stack.use(
    await openCluster(
      { contactPoints, port, localDc, requestTimeoutMs: 20_000 },
      { clock: systemClock, logger: { debug() {}, info() {}, warn() {}, error() {} } },
    ),
  );
  const { options, create } = clusterLoad.throttles!["cluster-health"]!;
  const given = { interval_seconds: 1, ...(!isCassandra(version, "4.1") && { hold_on: ["node-down"] }) };
  const read = await options["~standard"].validate(given);
  if (read.issues) throw read.issues;
  const context = throttleContext(systemClock, { cluster: async () => session });
  return stack.use(await create(read.value, context));
}

it(
  "finds the replica that missed a job's writes, demands a repair, and is satisfied once it is healed",
  async () => {
    const keyspace = "replicas";
    const { client, cluster, proxied } = nodes;
    await client.execute(
      `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${cluster.localDc}': 3}`,
    );
    await using job = await planRotation(
      { client, cluster: proxied, keyspace },
      {
        state: "file",
        rows: ROWS,
        table: { chunks: 4 },
        execution: { settle_seconds: 1 },
      },
    );
    // A read of the table itself at ALL would heal what it meets.
    await client.execute(`CREATE TABLE ${keyspace}.probe (id int PRIMARY KEY)`);
    const third = `${proxied.contactPoints[2]}:${cluster.port}`;

    await using stack = new AsyncDisposableStack();
    const health = await openClusterHealth(stack);
    expect(health.limit()).toEqual({});

    await cluster.killNode(2);
    expect((await job.run(["run", "--json", "--job-id", job.jobId])).json).toMatchObject({ outcome: "done" });
    const status = await job.run(["status", "--json", "--job-id", job.jobId]);
    expect(status.json.outages.join()).toContain(`${third} was down`);
    const isDown = `throttle-cluster-health: ${third} is down for `;
    const limit = () => health.limit();
    await eventually("the job is held, and why", limit, ({ hold }) => hold?.startsWith(isDown) ?? false);
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
    await eventually("the job is let go", limit, ({ hold }) => hold === undefined);
    expect(await checkAll(client, job.fixture, { key: job.keys.new })).toEqual([]);
  },
  LONGEST_MS,
);

it(
  "loses nothing while workers are killed and stopped, nodes slow and cut off, and comes clean after it",
  async () => {
    const cast = { nodes: nodes.proxies.length, workers: 2 };
    const plan = shortPlan(Number(process.env.REKEY_TEST_SEED ?? 1), cast);
    const report = await runChaos(nodes, {
      seed: 1,
      plan,
      processes: cast.workers,
      rows: 300,
      chunks: 12,
      writes: "plain",
      rowsPerSecond: 20,
      ttlSeconds: [8, 40],
    });
    expect(report.violations).toEqual([]);
    for (const { kind } of [...plan.cluster, ...plan.kills, ...plan.stops])
      expect(report.faults[kind], kind).toBeGreaterThan(0);
    expect(report.cellsRekeyed).toBeGreaterThan(100);
    expect(report.application.cellsChecked).toBeGreaterThan(1_500);
    expect(report.application.writes).toBeGreaterThan(1_000);
  },
  LONGEST_MS,
);
