import type { ColumnSchema, TableSchema } from "../packages/core/dist/index.js";
import { ACCEPTABLE } from "../packages/engine/dist/config/table-schema.js";
import { tableFindings } from "../packages/engine/dist/doctor/table-rules.js";

/** Versions as the page names them, with the major version that the rules go by. */
const VERSIONS = { "4.0": 4, "4.1": 4, "5.0": 5 } as const;

/** What makes parts of what is not frozen safe to rewrite, from the least to the most that has to be declared. */
const DECLARED = [
  ["by LWT", { writeMode: "lwt" }],
  ["by LWT, without TTLs", { writeMode: "lwt", elementsNeverExpire: true }],
  ["by LWT, writers stopped", { writeMode: "lwt", writersStopped: true }],
] as const;

/** A table of one kind; `v` is its encrypted column unless it says otherwise. */
interface Case {
  readonly kind: string;
  readonly columns?: readonly ColumnSchema[];
  readonly table?: Partial<TableSchema>;
  readonly encrypted?: readonly string[];
}

const column = (name: string, type: string, kind: ColumnSchema["kind"] = "regular"): ColumnSchema => {
  const position = kind === "partition_key" || kind === "clustering" ? 0 : -1;
  return { name, type, kind, position, clusteringOrder: "none", masked: false };
};
const value = (kind: string, type: string, of: ColumnSchema["kind"] = "regular"): Case => {
  return { kind, columns: [column("v", type, of)] };
};
const types = [{ name: "contact", fields: [column("kind", "int"), column("phone", "text")] }];

const COLUMNS: readonly Case[] = [
  ...["text", "ascii", "varchar", "blob"].map((type) => value(`\`${type}\``, type)),
  value("static column", "text", "static"),
  value("frozen list, `frozen<list<text>>`", "frozen<list<text>>"),
  value("values of a frozen map, `frozen<map<text, blob>>`", "frozen<map<text, blob>>"),
  value("frozen set, `frozen<set<text>>`", "frozen<set<text>>"),
  value("tuple, `tuple<int, text>`", "frozen<tuple<int, text>>"),
  value("frozen UDT, `frozen<contact>`", "frozen<contact>"),
  value(
    "nested, `frozen<map<int, frozen<list<contact>>>>`",
    "frozen<map<int, frozen<list<frozen<contact>>>>>",
  ),
  value(
    "inside the elements of a frozen set, `frozen<set<frozen<contact>>>`",
    "frozen<set<frozen<contact>>>",
  ),
  value("keys of a map, `frozen<map<text, int>>`", "frozen<map<text, int>>"),
  value("values of a map, `map<text, blob>`", "map<text, blob>"),
  value("values of a map with ciphertext inside, `map<text, frozen<contact>>`", "map<text, frozen<contact>>"),
  value("fields of a UDT, `contact`", "contact"),
  value("elements of a list, `list<text>`", "list<text>"),
  value("elements of a set, `set<text>`", "set<text>"),
  value("vector, `vector<float, 3>`", "vector<float, 3>"),
  value("any other type, such as `int`", "int"),
  { kind: "column of the primary key", columns: [column("v", "text", "clustering")] },
];

const TABLES: readonly Case[] = [
  {
    kind: "clustering columns in reversed order",
    columns: [column("v", "text"), { ...column("c", "int", "clustering"), clusteringOrder: "desc" }],
  },
  { kind: "`default_time_to_live`", table: { defaultTimeToLive: 86_400 } },
  {
    kind: "keys of any type but those with `duration`",
    columns: [column("v", "text"), column("c", "frozen<tuple<inet, frozen<contact>>>", "clustering")],
  },
  {
    kind: "`duration` in the primary key",
    columns: [column("v", "text"), column("c", "frozen<tuple<duration>>", "clustering")],
  },
  { kind: "no columns outside of the primary key", columns: [] },
  { kind: "COMPACT STORAGE", table: { flags: ["dense"] } },
  { kind: "counters", columns: [column("v", "counter")] },
  { kind: "masked column", columns: [{ ...column("v", "text"), masked: true }] },
  { kind: "index on the column", table: { indexes: [{ name: "i", kind: "COMPOSITES", target: "v" }] } },
  { kind: "materialized view of the table", table: { views: ["view_of_it"] } },
  { kind: "change data capture", table: { cdc: true } },
  { kind: "TimeWindowCompactionStrategy", table: { compaction: "TimeWindowCompactionStrategy" } },
  { kind: "`gc_grace_seconds` below an hour", table: { gcGraceSeconds: 600 } },
  { kind: "`gc_grace_seconds = 0`", table: { gcGraceSeconds: 0 } },
  {
    kind: "key version label beside the column",
    columns: [column("v", "text"), column("key_version", "text")],
  },
];

const PAGE = `# The data model

What is rekeyed and what is refused, by the version of Cassandra. Generated from the rules that \`doctor\` and \`plan\` go by: what
they refuse is refused as a whole, with the reason and the way out; nothing is done by half.

## Columns

@columns

A place inside a value is named by its path; without one, every text and blob inside is taken for ciphertext, and what no key
opens is left as it is and put in quarantine.

\`\`\`yaml
tables:
  - name: users
    encrypted_columns:
      - email
      - { name: profile, path: "contacts[*].phone" }
\`\`\`

Fields are named as they are (in double quotes where the name is unusual), \`[0]\` is a field of a tuple, \`[*]\` stands for all
elements of a list or set and all values of a map. Several places of one column are several entries. Map keys stay as
they are, and nobody looks at them: a map whose keys are ciphertext cannot be rekeyed, nor do its values make it clean.

- **A frozen value is one cell.** Its ciphertexts are replaced, everything around them stays byte for byte, and it goes back with
  its writetime + 1 µs and what is left of its TTL. A field that its type got since then is kept as well, but the job stops: there may
  be ciphertext in it. Plan a new one.
- **A frozen set of ciphertexts** is put in the order of the new ones, as the server keeps it.
- **Parts of what is not frozen** are cells of their own. On 5.0 each value of a map and each field of a UDT is written by itself,
  with its own writetime + 1 µs and TTL. Replacing a whole map counts as newer when it is more than 2 µs newer: Cassandra stamps the
  deletion of the old map 1 µs before the new values. Other parts, and all of them before 5.0, are written
  [by lightweight transaction](#parts-that-are-written-by-lwt) or refused.
- **Static columns** have a pass of their own, over partitions, which \`status\` shows as a second line of the table. Each is written
  once, however many rows its partition has; partitions without rows are visited too
  ([decision 15](decisions/0015-static-columns-are-a-pass-of-their-own.md)).

### Parts that are written by LWT

Where the table says _by LWT_, the column is rekeyed in [LWT mode](how-cells-are-written.md#lwt-mode), and refused otherwise:

\`\`\`yaml
tables:
  - name: users
    encrypted_columns: [phones]
    use_lwt_guard: true
    application_writes: lwt # the application writes these rows by LWT alone; or none: its writers are stopped
    elements_never_expire: true # before 5.0: no value, field or element of these columns has a TTL
\`\`\`

- **An element of a list** is set by its position, on the condition that the whole list is what was read. The other elements keep
  their writetimes and TTLs, and on 5.0 the ones that are rewritten keep their TTLs.
- **An element of a set** is removed and its successor added in one transaction, on the condition that the whole set is what was read.
  The application's writers must be stopped (\`application_writes: none\`): what they read before they would no longer find to remove.
  Start them again when the job has ended and no process of it is left.
- **Before 5.0** nobody can ask for writetimes and TTLs of parts. \`elements_never_expire: true\` declares that there are no TTLs:
  a part that had one nevertheless would become immortal. \`sstablemetadata\` tells the largest TTL in an SSTable. A cell that is
  dated in the future is not changed, and \`verify\` finds it under its old key. Age limits and censuses have no writetimes
  to go by.
- A list of more than 1,000 elements is put in quarantine: the server goes through all of it for each one that is set. So is a list
  or set that does not fit, together with what it is rewritten to, into one request of 15 MiB.

[Decision 19](decisions/0019-elements-by-lightweight-transaction.md) has the reasons.

## Tables

@tables

Names may be of any kind: quoted, reserved, case-sensitive. Keys are read and written as the bytes that they are. A page begins
with eight rows and grows by what rows turn out to weigh, so that values of a mebibyte need no setting.

## Rows

A rewrite is an UPDATE of single cells. It makes no row, and keeps none alive:

- A row that was made by UPDATE only goes with its last cell, and one that was made by INSERT stays, as before.
- Cells of a row keep their own writetimes and TTLs, whatever the others have. A cell with a second or less to live is left to expire.
- Null cells stay null. An empty value, which no key makes, is in quarantine.
- A cell with the largest writetime that there is cannot be overwritten: quarantine.
`;

/** `docs/data-model.md`. */
export async function dataModelPage(): Promise<string> {
  return PAGE.replace("@columns", tableOf(COLUMNS)).replace("@tables", tableOf(TABLES));
}

function tableOf(cases: readonly Case[]): string {
  const versions = Object.keys(VERSIONS);
  const rows = cases.map((each) => {
    const verdicts = Object.values(VERSIONS).map((majorVersion) => verdictOn(each, majorVersion));
    const reasons = [...new Set(verdicts.map(({ reason }) => reason))].filter((reason) => reason !== "");
    const [before, since] = reasons;
    const why = since === undefined ? (before ?? "") : `Before 5.0: ${before} Since: ${since}`;
    return [each.kind, ...verdicts.map(({ verdict }) => verdict), why];
  });
  const head = ["", ...versions, "why, and the way out"];
  const line = (row: readonly string[]) =>
    `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function verdictOn({ columns, table, encrypted = ["v"] }: Case, majorVersion: number) {
  const schema: TableSchema = {
    keyspace: "app",
    name: "t",
    tableId: "",
    columns: [column("id", "uuid", "partition_key"), ...(columns ?? [column("v", "text")])],
    types,
    majorVersion,
    indexes: [],
    views: [],
    flags: ["compound"],
    gcGraceSeconds: 864_000,
    defaultTimeToLive: 0,
    compaction: "UnifiedCompactionStrategy",
    cdc: false,
    ...table,
  };
  const settings = {
    name: "t",
    keyspace: "app",
    encryptedColumns: encrypted,
    keyVersionColumn: "key_version",
    keyVersionColumnConfigured: false,
    chunks: "auto",
    writeMode: "fenced",
    consistency: { read: "LOCAL_QUORUM", write: "LOCAL_QUORUM" },
    accept: [...ACCEPTABLE],
    at: [],
  } as const;
  const strict = tableFindings({ ...settings, accept: [] }, schema, "rekey");
  const byLwt = DECLARED.find(([, declared]) =>
    tableFindings({ ...settings, ...declared }, schema, "rekey").every(({ level }) => level !== "FAIL"),
  );
  const lenient = tableFindings(settings, schema, "rekey");
  const told = strict.find(({ level }) => level === "FAIL") ?? strict[0];
  const reason = told ? sentence(`${told.message}.${told.next === undefined ? "" : ` ${told.next}`}`) : "";
  if (strict.every(({ level }) => level !== "FAIL"))
    return { verdict: strict.length === 0 ? "rekeyed" : "rekeyed, with a warning", reason };
  if (strict.some(({ check }) => check === "table.elements"))
    return { verdict: byLwt ? byLwt[0] : "refused", reason };
  const isFinal = lenient.some(({ level }) => level === "FAIL");
  return { verdict: isFinal ? "refused" : "refused unless accepted", reason };
}

/** Findings begin with the name of a column, which says nothing here; types are no HTML. */
function sentence(message: string): string {
  const text = message.replace(/^v (is|has) /, "It $1 ").replaceAll("<", "\\<");
  return /^(the|key|change|rows) /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
