import { formOf, keyColumns } from "@cassandra-rekey/cassandra";
import type { ColumnSchema, JobKind, TableSchema } from "@cassandra-rekey/core";
import type { TableSettings } from "../config/settings.ts";
import type { DoctorCheck } from "../reports.ts";

/** Below this, a write that is a little late could bring a deleted cell back, seconds. */
const LEAST_GC_GRACE_SECONDS = 3600;

type Finding = Omit<DoctorCheck, "table">;

/**
 * What the schema says for or against working on a table. Only what matters to the kind of job is checked: a
 * verification writes nothing. Failures named in the table's `accept` become warnings.
 */
export function tableFindings(
  settings: TableSettings,
  schema: TableSchema | undefined,
  kind: JobKind,
): readonly DoctorCheck[] {
  const table = `${settings.keyspace}.${settings.name}`;
  if (!schema) {
    return [
      fail("table.exists", "there is no such table", "Check the name, also its case, and the keyspace."),
    ].map((finding) => ({ ...finding, table }));
  }
  const findings = [
    ...keyFindings(settings, schema),
    ...columnFindings(settings, schema),
    ...labelFindings(settings, schema),
  ];
  if (kind !== "verify") findings.push(...writeFindings(settings, schema));
  return findings.map((finding) => ({ ...accepted(finding, settings), table }));
}

function keyFindings(settings: TableSettings, schema: TableSchema): readonly Finding[] {
  const findings: Finding[] = [];
  const compare = (
    what: string,
    configured: readonly string[] | undefined,
    columns: readonly ColumnSchema[],
  ) => {
    const live = columns.map((column) => column.name);
    if (!configured || configured.join("\0") === live.join("\0")) return;
    findings.push(
      fail(
        "table.key",
        `${what} is (${live.join(", ")}), not (${configured.join(", ")})`,
        `Set ${what} to [${live.join(", ")}], in this order, or leave it out.`,
      ),
    );
  };
  const clustering = keyColumns(schema, "clustering");
  compare("partition_key", settings.partitionKey, keyColumns(schema, "partition_key"));
  // The Python tool takes an empty clustering_key for "not configured".
  compare("clustering_key", settings.clusteringKey?.length ? settings.clusteringKey : undefined, clustering);
  const duration = schema.columns.find(
    (column) => column.kind !== "regular" && column.type.includes("duration"),
  );
  if (duration)
    findings.push(
      fail("table.key", `key column ${duration.name} holds a duration`, "Such tables are not supported."),
    );
  return findings;
}

function columnFindings(settings: TableSettings, schema: TableSchema): readonly Finding[] {
  const findings: Finding[] = [];
  if (schema.columns.some((column) => column.type === "counter")) {
    findings.push(
      fail("table.counter", "it is a counter table, whose cells cannot be set", "Leave the table out."),
    );
  }
  if (schema.flags.length > 0 && !schema.flags.includes("compound")) {
    findings.push(
      fail(
        "table.compact-storage",
        "it uses COMPACT STORAGE",
        "Run ALTER TABLE … DROP COMPACT STORAGE first.",
      ),
    );
  }
  for (const name of settings.encryptedColumns) {
    const column = schema.columns.find((candidate) => candidate.name === name);
    findings.push(...(column ? encryptedColumn(column, schema) : [missingColumn(name, schema)]));
  }
  return findings;
}

function encryptedColumn(column: ColumnSchema, schema: TableSchema): readonly Finding[] {
  const { name, type, kind } = column;
  const findings: Finding[] = [];
  if (kind === "partition_key" || kind === "clustering") {
    return [
      fail(
        "table.encrypted-key",
        `${name} is part of the primary key, and a key cannot be updated`,
        "Copy the rows to a new table with the new key instead.",
      ),
    ];
  }
  if (kind === "static")
    findings.push(
      fail("table.static", `${name} is a static column, which is not supported yet`, "Leave the column out."),
    );
  if (!formOf(type)) {
    findings.push(
      fail(
        "table.type",
        `${name} is of type ${type}, which cannot hold ciphertext`,
        "Encrypted columns are blob, text, ascii or varchar.",
      ),
    );
  }
  if (column.masked) {
    findings.push(
      fail(
        "table.mask",
        `${name} is masked: a role without UNMASK would write the mask back`,
        "Grant UNMASK and drop the mask for the time of the rotation.",
      ),
    );
  }
  const indexes = schema.indexes.filter((index) => index.target.replaceAll('"', "").includes(name));
  for (const index of indexes) {
    findings.push(
      fail(
        "table.index",
        `${name} has the index ${index.name}: look-ups by the old ciphertext stop working`,
        "Drop the index, or accept this with `accept: [table.index]`.",
      ),
    );
  }
  return findings;
}

function missingColumn(name: string, schema: TableSchema): Finding {
  const other = schema.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  return fail(
    "table.columns",
    `it has no column ${name}`,
    other ? `Did you mean ${other.name}?` : "Check encrypted_columns.",
  );
}

function labelFindings(settings: TableSettings, schema: TableSchema): readonly Finding[] {
  const name = settings.keyVersionColumn;
  const label = schema.columns.find((column) => column.name === name);
  if (!label) {
    return settings.keyVersionColumnConfigured
      ? [
          fail(
            "table.label",
            `it has no column ${name} for the key version label`,
            "Correct key_version_column or leave it out: no label is needed.",
          ),
        ]
      : [];
  }
  if (label.kind !== "regular" || formOf(label.type) !== "text") {
    const finding = `${name} is a ${label.kind} column of type ${label.type} and cannot be a key version label`;
    return settings.keyVersionColumnConfigured
      ? [fail("table.label", finding, "Correct key_version_column.")]
      : [warn("table.label", `${finding}; it is left alone`)];
  }
  return [
    warn(
      "table.label",
      `rows carry a key version label in ${name}: readers that choose one key per row by it are safe only if every application write sets all encrypted columns and the label`,
    ),
  ];
}

function writeFindings(settings: TableSettings, schema: TableSchema): readonly Finding[] {
  const findings: Finding[] = [];
  if (schema.gcGraceSeconds < LEAST_GC_GRACE_SECONDS) {
    findings.push(
      fail(
        "table.gc-grace",
        `gc_grace_seconds is ${schema.gcGraceSeconds}: a late write could bring a deleted cell back`,
        `Raise it to ${LEAST_GC_GRACE_SECONDS} or more for the time of the rotation, or accept this with \`accept: [table.gc-grace]\`.`,
      ),
    );
  }
  for (const view of schema.views)
    findings.push(
      warn(
        "table.view",
        `the materialized view ${view} is rewritten along with it`,
        "Expect about twice the write load.",
      ),
    );
  if (schema.cdc)
    findings.push(
      warn(
        "table.cdc",
        "change data capture is on: each rewritten cell is an event",
        "Tell the consumers, and watch the CDC space.",
      ),
    );
  if (schema.compaction.includes("TimeWindow")) {
    findings.push(
      warn(
        "table.twcs",
        "TimeWindowCompactionStrategy: rewritten cells keep their writetime but land in new SSTables, which can delay the expiry of old windows",
        "With short TTLs, waiting for the old cells to expire may be the better rotation.",
      ),
    );
  }
  if (settings.writeMode === "lwt")
    findings.push(
      warn("table.lwt", "LWT mode does not keep writetimes and is several times slower than fenced mode"),
    );
  return findings;
}

function accepted(finding: Finding, settings: TableSettings): Finding {
  if (finding.level !== "FAIL" || !settings.accept.includes(finding.check)) return finding;
  return { ...finding, level: "WARN", message: `${finding.message} (accepted)` };
}

function fail(check: string, message: string, next: string): Finding {
  return { level: "FAIL", check, message, next };
}

function warn(check: string, message: string, next?: string): Finding {
  return { level: "WARN", check, message, ...(next !== undefined && { next }) };
}
