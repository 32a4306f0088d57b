import type { TableSchema } from "@cassandra-rekey/core";
import { durationText } from "../age-text.ts";
import type { Remnant } from "../reports.ts";

/** For so long at least Cassandra keeps the last transaction of a partition, seconds: `SystemKeyspace.paxosTtlSec`. */
const LEAST_PAXOS_SECONDS = 10_800;

/** What the cluster tells besides the schema; `undefined` where it could not be read. */
export interface RemnantFacts {
  /** Snapshots of the table by name, on any node asked. */
  readonly snapshots: readonly string[] | undefined;
  /** Nodes that keep hints for others. */
  readonly hints: readonly string[] | undefined;
  /** Whether incremental repairs have run. */
  readonly incrementalRepair: boolean | undefined;
  readonly settings: ReadonlyMap<string, string> | undefined;
  /** Data centres besides the one that was read. */
  readonly otherDataCenters: readonly string[];
  /** Nodes of the local data centre that were down. */
  readonly down: readonly string[];
}

/** What else still holds old ciphertext of a table, and the command for each, to be run on every node. */
export function remnantsOf(schema: TableSchema, facts: RemnantFacts): readonly Remnant[] {
  const table = `${schema.keyspace} ${schema.name}`;
  const found: Remnant[] = [];
  // What a node keeps is told by itself alone.
  const unasked = [...facts.down, ...facts.otherDataCenters].join(", ");
  const add = (what: string, command: string) =>
    found.push({ keyspace: schema.keyspace, table: schema.name, what, command });
  if (facts.incrementalRepair === true)
    add(
      "incremental repairs ran: repaired and unrepaired SSTables are not compacted together",
      `nodetool repair ${table}`,
    );
  add(`old cells in memtables and SSTables, ${untilCompacted(schema.compaction)}`, garbageCollect(table));
  for (const view of schema.views)
    add(`old cells of the materialized view ${view}`, garbageCollect(`${schema.keyspace} ${view}`));
  if (facts.incrementalRepair === undefined)
    add("if incremental repairs run: repaired SSTables apart from the others", `nodetool repair ${table}`);
  if (facts.snapshots === undefined)
    add("snapshots", "nodetool listsnapshots; nodetool clearsnapshot -t NAME");
  else if (unasked !== "")
    add(
      `snapshots, if there are any, in ${unasked}, which was not asked`,
      "nodetool listsnapshots; nodetool clearsnapshot -t NAME",
    );
  for (const name of facts.snapshots ?? [])
    add(`the snapshot ${name}`, `nodetool clearsnapshot -t ${name} -- ${schema.keyspace}`);
  if (isOn(facts.settings, "incremental_backups"))
    add("incremental backups, in backups/ beside the SSTables", "nodetool statusbackup; delete the files");
  const paxosSeconds = Math.max(LEAST_PAXOS_SECONDS, schema.gcGraceSeconds);
  add(
    `the last lightweight transaction of each partition, where there was one: system.paxos keeps its values for ${durationText(paxosSeconds)}`,
    "wait until those with old values are that old; one that was left half done may be brought to its end until then",
  );
  if (schema.cdc)
    add("change data capture: segments, and what consumers keep", "look into cdc_raw and downstream");
  if (facts.hints === undefined || facts.hints.length > 0 || unasked !== "")
    add(
      hintsText(facts.hints, unasked),
      "nodetool listpendinghints; they go once replayed, or with nodetool truncatehints and a repair",
    );
  for (const log of ["audit_logging", "full_query_logging"])
    if (isOn(facts.settings, log))
      add(`the ${log.replace("_logging", "").replace("_", " ")} log, which holds values`, "rotate it away");
  if (facts.otherDataCenters.length > 0)
    add(
      `replicas in ${facts.otherDataCenters.join(", ")}, which were not asked`,
      "cassandra-rekey verify --per-replica, with cluster.local_dc set to each",
    );
  add("backups outside of the cluster, archived commit logs, exports", "wait until their retention ends");
  return found;
}

function hintsText(holders: readonly string[] | undefined, unasked: string): string {
  if (holders === undefined) return "hints for nodes that were down";
  const known = holders.length > 0 ? [`hints on ${holders.join(", ")}`] : [];
  const unknown = unasked === "" ? [] : [`hints, if there are any, in ${unasked}, which was not asked`];
  return [...known, ...unknown].join("; ");
}

function garbageCollect(table: string): string {
  return `nodetool flush ${table} && nodetool garbagecollect -g CELL ${table}`;
}

function untilCompacted(compaction: string): string {
  switch (compaction) {
    case "TimeWindowCompactionStrategy":
      return "which time windows keep apart until they expire";
    case "LeveledCompactionStrategy":
      return "until each level is compacted with the one that holds the new ones";
    default:
      return `until ${compaction.replace("CompactionStrategy", "") || "compaction"} happens to compact them with the new ones`;
  }
}

/** The names of settings differ a little between versions: `x_enabled`, `x_options_enabled`, `x_options.enabled`. */
function isOn(settings: ReadonlyMap<string, string> | undefined, name: string): boolean {
  return [name, `${name}_enabled`, `${name}_options_enabled`, `${name}_options.enabled`].some(
    (key) => settings?.get(key) === "true",
  );
}
