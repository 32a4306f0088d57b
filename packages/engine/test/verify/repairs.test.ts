import { ZERO_TOTALS } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import type { NodeStates } from "../../src/executor/outage-watch.ts";
import { splitRing } from "../../src/planner/split-ring.ts";
import { readStatus } from "../../src/status.ts";
import { neededRepairs } from "../../src/verify/repairs.ts";
import { planned, stored } from "../simulated-job.ts";
import { openRun, type SimulatedRun } from "../simulated-run.ts";
import { key, old } from "../simulated-world.ts";

const NODE = "10.0.0.3:9042";
const HOUR = 3_600_000;

/** A run of a slow job beside which a node is down for a while. */
async function runBeside(downMs: number, hintedMs: number, { afterMs = 2_000, latencyMs = 100 } = {}) {
  const run = await openRun({ chunks: 8, latencyMs, execution: { workers: 1, pageSize: 1 } });
  for (let n = 0; n < 60; n += 1) run.table.insert(key(`k${n}`), old({ email: `${n}` }));
  await run.clock.advance(60_000);
  const fromMs = run.clock.wallMs() + afterMs;
  const nodes: NodeStates = {
    hintedMs,
    down: () => {
      const now = run.clock.wallMs();
      return now >= fromMs && now < fromMs + downMs ? [NODE] : [];
    },
  };
  await run.run({}, { nodes });
  return run;
}

async function repairs(run: SimulatedRun, holders: readonly string[] = [NODE]): Promise<readonly string[]> {
  return neededRepairs(
    run.store,
    stored(planned("v", [], { kind: "verify" })),
    { isTarget: ({ keyVersion }) => keyVersion === "new", keyspace: "app", holders },
    run.signal,
  );
}

/** Stores a verification of one replica that is done, with what it found. */
async function verifiedPerReplica(
  run: SimulatedRun,
  id: string,
  keyVersion: string,
  { replica = NODE, keyspace = "app" }: { readonly replica?: string; readonly keyspace?: string } = {},
) {
  const job = planned(id, splitRing(1), { kind: "verify", id: `users@${replica}`, replica, keyspace });
  await run.store.createJob(job, run.signal);
  const claim = await run.store.claim(id, "w", 60_000, run.signal);
  if (claim.kind !== "chunk") throw new Error("nothing to claim");
  const census = [{ column: "email", keyVersion, cells: 60, newestWritetime: 1n }];
  const end = { seq: 1, cursor: undefined, totals: { ...ZERO_TOTALS, scanned: 60, census } };
  await run.store.finish(claim.lease, end, run.signal);
  await run.store.transition(id, ["planned"], "done", run.signal);
}

describe("an outage during a run", () => {
  it("within what hints cover asks for nothing", async () => {
    const run = await runBeside(4_000, HOUR);
    expect(await repairs(run)).toEqual([]);
  });

  it("beyond it is recorded in the job, shown by status, and asks for a repair", async () => {
    const run = await runBeside(5_000, 2_000);
    expect(await repairs(run)).toEqual([
      `${NODE} was down for at least 5 s and hints are kept for 2 s, while job j wrote: \`nodetool repair -full\` of the tables there`,
    ]);
    const job = (await run.store.job("j", run.signal))!;
    const { outages } = await readStatus(run.store, job, run.signal);
    expect(outages).toEqual([`${NODE} was down for at least 5 s and hints are kept for 2 s`]);
  });

  it("that began before the job may be of any length: Cassandra keeps no hints for who has been down too long", async () => {
    const run = await runBeside(HOUR, 3 * HOUR, { afterMs: -1, latencyMs: 1_000 });
    expect(await repairs(run)).toEqual([
      expect.stringMatching(
        /^10\.0\.0\.3:9042 was down for at least .*, and nobody knows how long before, and hints are kept for 3 h,/,
      ),
    ]);
    expect(await repairs(await runBeside(HOUR, 3 * HOUR, { latencyMs: 1_000 }))).toEqual([]);
  });

  it("of any length counts where no hints are kept", async () => {
    expect((await repairs(await runBeside(1_000, 0)))[0]).toContain("and no hints are kept");
  });

  it("is over when a later verification per replica found everything under the target key", async () => {
    const run = await runBeside(5_000, 0);
    await run.clock.advance(1_000);
    await verifiedPerReplica(run, "v1", "old");
    expect(await repairs(run)).toHaveLength(1);
    await verifiedPerReplica(run, "v2", "new");
    expect(await repairs(run)).toEqual([]);
  });

  it("is not over when that verification asked other nodes, or another keyspace's table of that name", async () => {
    const run = await runBeside(5_000, 0);
    await run.clock.advance(1_000);
    await verifiedPerReplica(run, "v1", "new", { replica: "10.0.0.1:9042" });
    await verifiedPerReplica(run, "v2", "new", { keyspace: "other" });
    expect(await repairs(run)).toHaveLength(1);
  });

  it("of a node that came back by another address is over when every node that holds the tables was asked", async () => {
    const run = await runBeside(5_000, 0);
    await run.clock.advance(1_000);
    const holders = ["10.0.0.1:9042", "10.0.0.9:9042"];
    await verifiedPerReplica(run, "v1", "new", { replica: holders[0]! });
    expect(await repairs(run, holders)).toHaveLength(1);
    await verifiedPerReplica(run, "v2", "new", { replica: holders[1]! });
    expect(await repairs(run, holders)).toEqual([]);
    expect(await repairs(run, [])).toHaveLength(1);
    // What is there by its old address has to be asked itself.
    expect(await repairs(run, [...holders, NODE])).toHaveLength(1);
  });
});
