import { cellColumns, formOf, keyColumns, quoteIdentifier } from "@cassandra-rekey/cassandra";
import type { ColumnSchema, JobKind, TableSchema } from "@cassandra-rekey/core";
import type { TableSettings } from "../config/settings.ts";
import { didYouMean } from "../config/suggestion.ts";
import { ACCEPTABLE } from "../config/table-schema.ts";
import { keyringOf, tableKeyring } from "../keyring/column-keyring.ts";
import type { DoctorCheck } from "../reports.ts";
import { elementProblem, trusted } from "../tables/element-rules.ts";

/** Below this, a write that is a little late could bring a deleted cell back, seconds. */
const LEAST_GC_GRACE_SECONDS = 3600;

const CHECK_EXPIRY =
  "See that it is so: on each node, sstablemetadata of the table's SSTables tells the largest TTL in them.";

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
      {
        ...fail(
          "table.exists",
          "there is no such table",
          "Correct the table's name or its keyspace; case matters.",
        ),
        table,
      },
    ];
  }
  const findings = [
    ...keyFindings(settings, schema),
    ...columnFindings(settings, schema),
    ...maskFindings(settings, schema),
    ...labelFindings(settings, schema),
  ];
  if (kind !== "verify")
    findings.push(...elementFindings(settings, schema), ...writeFindings(settings, schema));
  return findings.map((finding) => ({ ...accepted(finding, settings, schema), table }));
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
  if (isCompact(schema.flags)) {
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
    findings.push(...(column ? encryptedColumn(column, schema, settings) : [missingColumn(name, schema)]));
  }
  return findings;
}

/** As Cassandra itself tells it: a table with one column a row has no flag at all, one with a long key has both. */
function isCompact(flags: readonly string[]): boolean {
  return !flags.includes("compound") || flags.includes("dense") || flags.includes("super");
}

function encryptedColumn(
  column: ColumnSchema,
  schema: TableSchema,
  settings: TableSettings,
): readonly Finding[] {
  const { name, kind } = column;
  const findings: Finding[] = [];
  if (isKey(kind)) {
    return [
      fail(
        "table.encrypted-key",
        `${name} is part of the primary key, and a key cannot be updated`,
        "Copy the rows to a new table with the new key instead.",
      ),
    ];
  }
  const result = cellColumns(column, schema, settings.leafPaths?.[name]);
  if ("problem" in result) findings.push(fail("table.type", `${name} ${result.problem}`, result.next));
  const indexes = schema.indexes.filter((index) => indexedColumn(index.target) === name);
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

/** A verification only reads them, which is always safe. */
function elementFindings(settings: TableSettings, schema: TableSchema): readonly Finding[] {
  return schema.columns
    .filter(({ name, kind }) => settings.encryptedColumns.includes(name) && !isKey(kind))
    .flatMap((column): readonly Finding[] => {
      const { name, type } = column;
      const result = cellColumns(column, schema, settings.leafPaths?.[name]);
      const [cell] = "columns" in result ? result.columns : [];
      if (!cell) return [];
      const refusal = elementProblem(cell, settings, schema);
      if (refusal) {
        const message = `${name} is of type ${type}, which is not frozen: ${refusal.problem}`;
        return [fail("table.elements", message, refusal.next)];
      }
      const trust = trusted(cell);
      return trust === undefined
        ? []
        : [warn("table.elements", `${name} is of type ${type}: ${trust}`, CHECK_EXPIRY)];
    });
}

/** The column of an index target such as `email`, `"Email"` or `values(emails)`. */
function indexedColumn(target: string): string {
  const column = /^(?:keys|values|entries|full)\((.+)\)$/.exec(target)?.[1] ?? target;
  return column.startsWith('"') ? column.slice(1, -1).replaceAll('""', '"') : column;
}

/** A role without UNMASK reads masks: as cells it would write them back, as keys it would write to other rows. */
function maskFindings(settings: TableSettings, schema: TableSchema): readonly Finding[] {
  const touched = new Set([...settings.encryptedColumns, settings.keyVersionColumn]);
  return schema.columns
    .filter(({ masked, kind, name }) => masked && (touched.has(name) || isKey(kind)))
    .map(({ name }) =>
      fail(
        "table.mask",
        `${name} is masked: a role without UNMASK reads the mask, not the value`,
        `Drop the mask for the time of the rotation: ALTER TABLE … ALTER ${quoteIdentifier(name)} DROP MASKED.`,
      ),
    );
}

function isKey(kind: ColumnSchema["kind"]): boolean {
  return kind === "partition_key" || kind === "clustering";
}

function missingColumn(name: string, schema: TableSchema): Finding {
  const others = schema.columns.filter(({ kind }) => !isKey(kind)).map((column) => column.name);
  return fail(
    "table.columns",
    others.length === 0
      ? `it has no column ${name}, nor any other outside of its primary key`
      : `it has no column ${name}${didYouMean(name, others)}`,
    others.length === 0
      ? "Leave the table out: there is nothing that could be rekeyed."
      : `Correct encrypted_columns; the table has ${others.slice(0, 20).join(", ")}.`,
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
  const encrypted = schema.columns.filter((column) => settings.encryptedColumns.includes(column.name));
  const beside = encrypted.some(({ kind }) => kind === label.kind);
  if (!isKey(label.kind) && formOf(label.type) === "text" && !beside && encrypted.length > 0) {
    const place = label.kind === "static" ? "partitions" : "rows";
    return [
      warn(
        "table.label",
        `${name} is a label of ${place}, which have no encrypted column; it is left alone`,
        "Name the label's column in key_version_column, if there is one.",
      ),
    ];
  }
  if (isKey(label.kind) || formOf(label.type) !== "text") {
    const finding = `${name} is a ${label.kind} column of type ${label.type} and cannot be a key version label`;
    return settings.keyVersionColumnConfigured
      ? [fail("table.label", finding, "Correct key_version_column.")]
      : [
          warn(
            "table.label",
            `${finding}; it is left alone`,
            "Name the label's column in key_version_column, if there is one.",
          ),
        ];
  }
  const others = settings.encryptedColumns.filter(
    (column) => keyringOf(settings, column) !== tableKeyring(settings),
  );
  return [
    ...(others.length > 0
      ? [
          warn(
            "table.label",
            `${name} follows the keyring ${tableKeyring(settings)}; it says nothing of ${others.join(", ")}`,
            "See that no reader chooses the keys of these columns by it.",
          ),
        ]
      : []),
    warn(
      "table.label",
      `${label.kind === "static" ? "partitions" : "rows"} carry a key version label in ${name}: readers that choose one key per row by it are safe only if every application write sets all encrypted columns and the label`,
      "See that the application tries its keys one after the other, or writes all these columns together.",
    ),
  ];
}

function writeFindings(settings: TableSettings, schema: TableSchema): readonly Finding[] {
  const findings: Finding[] = [];
  if (schema.gcGraceSeconds === 0) {
    findings.push(
      fail(
        "table.gc-grace",
        "gc_grace_seconds is 0: a tombstone may be purged at once, so no write is early enough not to bring a deleted cell back",
        `Raise it to ${LEAST_GC_GRACE_SECONDS} or more for the time of the rotation: ALTER TABLE … WITH gc_grace_seconds = ${LEAST_GC_GRACE_SECONDS}.`,
      ),
    );
  } else if (schema.gcGraceSeconds < LEAST_GC_GRACE_SECONDS) {
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
  if (settings.writeMode === "same-timestamp")
    findings.push(
      warn(
        "table.timestamps",
        "cells are rewritten at the timestamp that they have: about eight ciphertexts are made for each, and a write of the application at that very timestamp wins by its value, a coin toss",
        "Leave application_timestamps out where the application does not set timestamps itself.",
      ),
    );
  if (settings.writeMode === "lwt")
    findings.push(
      warn(
        "table.lwt",
        "LWT mode does not keep writetimes and is several times slower than fenced mode",
        settings.writersStopped
          ? "Start the application's writers again only when the job has ended and no process of it is left."
          : "Use it only where every write of the application to these rows is a lightweight transaction, at the same serial level.",
      ),
    );
  return findings;
}

function accepted(finding: Finding, settings: TableSettings, schema: TableSchema): Finding {
  const { level, check, message } = finding;
  if (level !== "FAIL" || !settings.accept.includes(check)) return finding;
  if (!ACCEPTABLE.some((acceptable) => acceptable === check)) return finding;
  // With no time at all before a tombstone is purged, no write could be sent.
  if (check === "table.gc-grace" && schema.gcGraceSeconds === 0) return finding;
  return { ...finding, level: "WARN", message: `${message} (accepted)` };
}

function fail(check: string, message: string, next: string): Finding {
  return { level: "FAIL", check, message, next };
}

function warn(check: string, message: string, next?: string): Finding {
  return { level: "WARN", check, message, ...(next !== undefined && { next }) };
}
