import { pythonFingerprint, snapshotOf } from "@cassandra-rekey/cassandra";
import {
  type ColumnSchema,
  isRekeyError,
  type Job,
  type JobTable,
  type TableSchema,
} from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load-config.ts";
import { jobTableId } from "../../src/tables/job-table-id.ts";
import { resolveTables } from "../../src/tables/resolve-tables.ts";
import { tablePass, touchedColumns } from "../../src/tables/table-passes.ts";

const column = (name: string, type: string, kind: ColumnSchema["kind"] = "regular"): ColumnSchema => ({
  name,
  type,
  kind,
  position: kind === "partition_key" ? 0 : -1,
  clusteringOrder: "none",
  masked: false,
});

const LIVE: TableSchema = {
  keyspace: "app",
  name: "users",
  tableId: "11111111-1111-1111-1111-111111111111",
  columns: [
    column("email", "blob"),
    column("id", "uuid", "partition_key"),
    column("key_version", "text"),
    column("ssn", "text"),
  ],
  indexes: [],
  views: [],
  flags: ["compound"],
  gcGraceSeconds: 864_000,
  defaultTimeToLive: 0,
  compaction: "SizeTieredCompactionStrategy",
  cdc: false,
};
const changed = (change: Partial<TableSchema>): TableSchema => ({ ...LIVE, ...change });

const settingsOf = (table = "{ name: users, encrypted_columns: [ssn, email] }") =>
  parseConfig(
    `cluster: { contact_points: [a], keyspace: app }\nprovider: { old_key_env: A, new_key_env: B }\ntables: [${table}]\n`,
    "c.yaml",
  ).settings;

const planned: JobTable = {
  id: "users",
  keyspace: "app",
  name: "users",
  columns: ["ssn", "email"],
  writeMode: "fenced",
  schema: snapshotOf(LIVE, ["ssn", "email", "key_version"]),
  chunks: 1,
};
const byPython: JobTable = {
  ...planned,
  keyspace: undefined,
  columns: [],
  schema: undefined,
  pythonFingerprint: pythonFingerprint(LIVE),
};

async function resolve(
  table: JobTable,
  schema: TableSchema | undefined,
  settings = settingsOf(),
  changes: Partial<Job> = {},
) {
  const job: Job = {
    id: "j",
    kind: "rekey",
    state: "planned",
    createdAt: 0,
    tables: [table],
    origin: "cassandra-rekey",
    ...changes,
  };
  return resolveTables(job, settings, async () => schema, new AbortController().signal);
}
async function refusal(...args: Parameters<typeof resolve>): Promise<string> {
  const error = await resolve(...args).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isRekeyError(error) ? `${error.code} ${error.message}` : `not refused: ${error}`;
}

const masking = (name: string) =>
  [...LIVE.columns, column("phone", "text")].map((one) =>
    one.name === name ? { ...one, masked: true } : one,
  );

describe("the tables of a job", () => {
  it("are found with their settings and shape, the label where there is one", async () => {
    const [found] = await resolve(planned, LIVE);
    expect(found?.shape).toMatchObject({
      keyspace: "app",
      partitionKey: [{ name: "id", type: "uuid" }],
      columns: [
        { name: "ssn", form: "text" },
        { name: "email", form: "binary" },
      ],
      label: { name: "key_version" },
    });
    const [table] = settingsOf().tables;
    const unlabelled = changed({ columns: LIVE.columns.filter(({ name }) => name !== "key_version") });
    expect(touchedColumns(tablePass(table!, unlabelled, "rows"))).toEqual(["ssn", "email"]);
    // A column of that name that cannot hold a label is none.
    const numbered = changed({ columns: [...unlabelled.columns, column("key_version", "int")] });
    expect(touchedColumns(tablePass(table!, numbered, "rows"))).toEqual(["ssn", "email"]);
  });

  it("may have got other columns since the plan", async () => {
    const more = changed({ columns: [...LIVE.columns, column("phone", "text")] });
    expect(await resolve(planned, more)).toHaveLength(1);
    expect(await resolve(planned, changed({ columns: masking("phone") }))).toHaveLength(1);
  });

  it.each([
    [undefined, "the table is gone"],
    [changed({ tableId: "22222222-2222-2222-2222-222222222222" }), "dropped and created again"],
    [changed({ columns: LIVE.columns.filter(({ name }) => name !== "ssn") }), "the touched columns was"],
    [
      changed({ columns: LIVE.columns.filter(({ name }) => name !== "key_version") }),
      "the touched columns was",
    ],
    [
      changed({ columns: LIVE.columns.map((one) => (one.name === "id" ? { ...one, type: "text" } : one)) }),
      "the partition key was (id uuid) and is (id text)",
    ],
    [
      changed({
        columns: LIVE.columns.map((one) => (one.name === "email" ? { ...one, type: "text" } : one)),
      }),
      "email blob",
    ],
    [changed({ columns: masking("email") }), "email is masked"],
    [changed({ columns: masking("id") }), "id is masked"],
  ])("must be as they were planned: %#", async (schema, expected) => {
    const text = await refusal(planned, schema);
    expect(text).toMatch(/^SCHEMA\.DRIFT app\.users changed since the job was planned: /);
    expect(text).toContain(expected);
  });

  it("are not written in a mode that rests on what was declared before", async () => {
    const coarse = settingsOf(
      "{ name: users, encrypted_columns: [ssn, email], application_timestamps: coarse }",
    );
    const byLwt = settingsOf(
      "{ name: users, encrypted_columns: [ssn, email], use_lwt_guard: true, application_writes: lwt }",
    );
    for (const settings of [coarse, byLwt])
      expect(await refusal(planned, LIVE, settings)).toMatch(
        /^CONFIG\.TABLE_MISMATCH job j was planned to write users in fenced mode; .* (same-timestamp|lwt) mode now$/,
      );
    expect(await refusal({ ...planned, writeMode: "lwt" }, LIVE)).toMatch(/in lwt mode; .* fenced mode now$/);
    expect(await refusal(planned, LIVE, coarse, { kind: "dry-run" })).toMatch(/^CONFIG\.TABLE_MISMATCH/);
    expect(await resolve(planned, LIVE, coarse, { kind: "verify" })).toHaveLength(1);
  });

  it("of the Python tool's jobs are written in the mode of the configuration: it knows of none", async () => {
    const coarse = settingsOf(
      "{ name: users, encrypted_columns: [ssn, email], application_timestamps: coarse }",
    );
    const [found] = await resolve(byPython, LIVE, coarse, { origin: "python" });
    expect(found?.table.writeMode).toBe("same-timestamp");
    const [usual] = await resolve(byPython, LIVE, settingsOf(), { origin: "python" });
    expect(usual?.table.writeMode).toBe("fenced");
  });

  it("of the Python tool's jobs are compared by its own fingerprint, which every column changes", async () => {
    expect(await resolve(byPython, LIVE)).toHaveLength(1);
    const more = changed({ columns: [...LIVE.columns, column("phone", "text")] });
    expect(await refusal(byPython, more)).toContain(
      "SCHEMA.DRIFT app.users changed since the job was planned: its fingerprint",
    );
  });

  it("must be configured as they were planned", async () => {
    expect(await refusal(planned, LIVE, settingsOf("{ name: other, encrypted_columns: [c] }"))).toBe(
      "CONFIG.TABLE_MISMATCH job j has table users, which the configuration does not name",
    );
    expect(
      await refusal(
        planned,
        LIVE,
        settingsOf("{ name: users, keyspace: elsewhere, encrypted_columns: [ssn, email] }"),
      ),
    ).toContain("which the configuration does not name");
    expect(await refusal(planned, LIVE, settingsOf("{ name: users, encrypted_columns: [ssn] }"))).toBe(
      "CONFIG.TABLE_MISMATCH job j was planned for the columns email, ssn of users; the configuration now names ssn",
    );
    expect(
      await resolve(planned, LIVE, settingsOf("{ name: users, encrypted_columns: [email, ssn] }")),
    ).toHaveLength(1);
  });

  it("are named with their keyspace outside of the cluster's own", () => {
    const settings = settingsOf(
      "{ name: a, encrypted_columns: [c] }, { name: a, keyspace: b, encrypted_columns: [c] }",
    );
    expect(settings.tables.map((table) => jobTableId(settings, table))).toEqual(["a", "b.a"]);
  });
});
