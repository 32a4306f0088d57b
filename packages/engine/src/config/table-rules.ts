import { parseLeafPath } from "@cassandra-rekey/cassandra";
import type { Findings } from "./findings.ts";
import type { Problem } from "./problem.ts";
import type { ConfigPath } from "./settings.ts";
import type { TableInput } from "./table-schema.ts";

/** The label column of tables that configure none. */
export const DEFAULT_LABEL = "key_version";

/** Rules about the tables: each by itself, then all together. */
export function tableRules(
  tables: readonly (TableInput | undefined)[],
  defaultKeyspace: string | undefined,
): Findings {
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  const seen = new Map<string, number>();
  tables.forEach((table, index) => {
    if (!table) return;
    const at: ConfigPath = ["tables", index];
    problems.push(...columnProblems(table, at));
    warnings.push(...tableWarnings(table, at));
    const id = `${table.keyspace ?? defaultKeyspace ?? ""}.${table.name}`;
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    else {
      problems.push({
        path: [...at, "name"],
        what: `names the same table as tables[${first}] (${table.name}); list its columns there`,
      });
    }
  });
  return { problems, warnings };
}

/** The configured partition key, under either of its names. */
export function partitionKeyOf(table: TableInput): readonly string[] | undefined {
  return table.partition_key ?? table.primary_key;
}

/** One entry of `encrypted_columns`, written out. */
export interface EncryptedPlace {
  readonly name: string;
  readonly path?: string | undefined;
  readonly keyring?: string | undefined;
}

/** The configured encrypted columns, each with the place inside and the keyring where they are named. */
export function encryptedPlaces(table: TableInput): readonly EncryptedPlace[] {
  return table.encrypted_columns.map((entry) => (typeof entry === "string" ? { name: entry } : entry));
}

function placeProblems(table: TableInput, at: ConfigPath): Problem[] {
  const places = encryptedPlaces(table);
  return places.flatMap(({ name, path }, index): Problem[] => {
    const place = [...at, "encrypted_columns", index];
    const others = places.slice(0, index).filter((other) => other.name === name);
    if (path !== undefined && !parseLeafPath(path))
      return [{ path: [...place, "path"], what: "is no path; one is like contacts[*].phone" }];
    if (others.some((other) => other.path === path))
      return [
        {
          path: place,
          what: `names ${path === undefined ? "the column" : `${path} of`} ${name} a second time`,
        },
      ];
    if (others.some((other) => other.path === undefined) || (others.length > 0 && path === undefined))
      return [
        { path: place, what: `names ${name} once with a path and once as a whole; keep one of the two` },
      ];
    return [];
  });
}

function columnProblems(table: TableInput, at: ConfigPath): Problem[] {
  const problems: Problem[] = [...placeProblems(table, at)];
  const partition = partitionKeyOf(table) ?? [];
  const partitionName = table.partition_key ? "partition_key" : "primary_key";
  const clustering = table.clustering_key ?? [];
  const lists = [
    [partitionName, partition],
    ["clustering_key", clustering],
  ] as const;
  for (const [name, columns] of lists) {
    columns.forEach((column, index) => {
      if (columns.indexOf(column) < index) {
        problems.push({ path: [...at, name, index], what: `names the column ${column} a second time` });
      }
    });
  }
  clustering.forEach((column, index) => {
    if (partition.includes(column)) {
      problems.push({
        path: [...at, "clustering_key", index],
        what: `names ${column}, which is in ${partitionName} too; a column is in one of them`,
      });
    }
  });
  const label = table.key_version_column ?? DEFAULT_LABEL;
  encryptedPlaces(table).forEach(({ name: column }, index) => {
    const path = [...at, "encrypted_columns", index];
    if (partition.includes(column) || clustering.includes(column)) {
      problems.push({
        path,
        what: `names ${column}, which is part of the primary key; a key column cannot be rewritten, only copied to a new table`,
      });
    } else if (column === label) {
      problems.push({
        path,
        what: `names ${column}, which is the key version label; set key_version_column to another column`,
      });
    }
  });
  if (table.key_version_column !== undefined && [...partition, ...clustering].includes(label)) {
    problems.push({
      path: [...at, "key_version_column"],
      what: `names ${label}, which is part of the primary key`,
    });
  }
  return problems;
}

function tableWarnings(table: TableInput, at: ConfigPath): Problem[] {
  const warnings: Problem[] = [];
  const warn = (key: string, what: string) => warnings.push({ path: [...at, key], what });
  const lwt = table.use_lwt_guard && table.application_writes !== "plain";
  if (table.partition_key && table.primary_key) {
    warn("primary_key", "is the older name of partition_key, which is given too; it is ignored");
  }
  if (table.use_lwt_guard && !lwt) {
    warn(
      "use_lwt_guard",
      "falls back to fenced writes: a plain write of the application that lands after a lightweight transaction can be lost, so the guard is safe only with application_writes: lwt or none; fenced writes lose nothing",
    );
  }
  if (lwt && table.application_timestamps === "coarse") {
    warn(
      "application_timestamps",
      "has no effect together with use_lwt_guard: a lightweight transaction has the server's timestamp",
    );
  }
  if (!table.preserve_ttl) {
    warn(
      "preserve_ttl",
      "has no effect when false: the time to live of every cell is kept, or expired cells would come back",
    );
  }
  if (!table.preserve_writetime && !lwt) {
    warn(
      "preserve_writetime",
      "has no effect when false: a cell is written at its own writetime plus 1 µs, so that a newer write of the application always wins",
    );
  }
  if (table.consistency.serial !== undefined && !lwt) {
    warn("consistency", "serial has no effect: writes are fenced, not lightweight transactions");
  }
  if (table.consistency.write === "ANY") {
    warn(
      "consistency",
      "write ANY acknowledges a write that no replica has yet; it may land hours later. LOCAL_QUORUM is safer",
    );
  }
  return warnings;
}
