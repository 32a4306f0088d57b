import type { TableSchema } from "@cassandra-rekey/core";
import { MemoryCluster, VirtualTime } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import { type RemnantFacts, remnantsOf } from "../../src/verify/remnants.ts";

const { schema } = new MemoryCluster(new VirtualTime()).createTable({ columns: ["email"] });
const nothing: RemnantFacts = {
  snapshots: [],
  hints: [],
  incrementalRepair: false,
  settings: new Map(),
  otherDataCenters: [],
  down: [],
};

function lines(facts: Partial<RemnantFacts> = {}, change: Partial<TableSchema> = {}): string[] {
  return remnantsOf(
    { ...schema, compaction: "SizeTieredCompactionStrategy", ...change },
    { ...nothing, ...facts },
  ).map(({ what, command }) => `${what}: ${command}`);
}

const compact = "nodetool flush app users && nodetool garbagecollect -g CELL app users";

describe("what still holds old ciphertext", () => {
  it("is at least what is not compacted yet, and what is elsewhere", () => {
    expect(lines()).toEqual([
      `old cells in memtables and SSTables, until SizeTiered happens to compact them with the new ones: ${compact}`,
      expect.stringMatching(/^the last lightweight transaction of each .* for 10 days: wait until /),
      "backups outside of the cluster, archived commit logs, exports: wait until their retention ends",
    ]);
  });

  it.each([
    ["TimeWindowCompactionStrategy", /time windows keep apart until they expire/],
    ["LeveledCompactionStrategy", /until each level/],
    ["UnifiedCompactionStrategy", /until Unified happens/],
  ])("depends on %s", (compaction, expected) => {
    expect(lines({}, { compaction })[0]).toMatch(expected);
  });

  it("comes after a repair where repaired SSTables are kept apart", () => {
    expect(lines({ incrementalRepair: true })[0]).toMatch(
      /^incremental repairs ran.*: nodetool repair app users$/,
    );
    expect(lines({ incrementalRepair: undefined })[1]).toMatch(/^if incremental repairs run/);
  });

  it.each([
    [
      { snapshots: ["before-upgrade"] },
      "the snapshot before-upgrade: nodetool clearsnapshot -t before-upgrade -- app",
    ],
    [{ snapshots: undefined }, "snapshots: nodetool listsnapshots; nodetool clearsnapshot -t NAME"],
    [{ hints: ["10.0.0.1:9042"] }, "hints on 10.0.0.1:9042: nodetool listpendinghints"],
    [{ hints: undefined }, "hints for nodes that were down: nodetool listpendinghints"],
    [{ settings: new Map([["incremental_backups", "true"]]) }, "incremental backups"],
    [{ settings: new Map([["audit_logging_options_enabled", "true"]]) }, "the audit log, which holds values"],
    [
      { otherDataCenters: ["dc2"] },
      "replicas in dc2, which were not asked: cassandra-rekey verify --per-replica",
    ],
    [
      { down: ["10.0.0.3:9042"], otherDataCenters: ["dc2"] },
      "snapshots, if there are any, in 10.0.0.3:9042, dc2, which was not asked: nodetool listsnapshots",
    ],
    [
      { down: ["10.0.0.3:9042"] },
      "hints, if there are any, in 10.0.0.3:9042, which was not asked: nodetool listpendinghints",
    ],
    [
      { down: ["10.0.0.3:9042"], hints: ["10.0.0.1:9042"] },
      "hints on 10.0.0.1:9042; hints, if there are any, in 10.0.0.3:9042, which was not asked: nodetool",
    ],
  ] satisfies [Partial<RemnantFacts>, string][])("%# is told of where it is so", (facts, expected) => {
    expect(lines().some((line) => line.startsWith(expected))).toBe(false);
    expect(lines(facts).some((line) => line.startsWith(expected))).toBe(true);
  });

  it("is in system.paxos for three hours at least, or as long as deletions are kept", () => {
    expect(lines({}, { gcGraceSeconds: 60 }).join()).toContain("for 3 h:");
    expect(lines({}, { gcGraceSeconds: 172_800 }).join()).toContain("for 2 days:");
  });

  it("includes change data capture and materialized views of the table", () => {
    const found = lines({}, { cdc: true, views: ["by_city"] }).join("\n");
    expect(found).toContain("change data capture");
    expect(found).toContain("garbagecollect -g CELL app by_city");
  });
});
