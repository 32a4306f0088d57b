import type { TableSchema } from "@cassandra-rekey/core";
import { MemoryTable, VirtualTime } from "@cassandra-rekey/testkit";
import { describe, expect, it } from "vitest";
import type { Settings, TableSettings } from "../../src/config/settings.ts";
import { planJob } from "../../src/planner/planner.ts";
import { settingsOf } from "../simulated-run.ts";

const { signal } = new AbortController();
const time = new VirtualTime();

function plan(
  tables: readonly Partial<TableSettings>[],
  schemas: readonly TableSchema[],
  estimate?: number,
  drawn?: boolean,
) {
  const base = settingsOf({});
  const settings: Settings = { ...base, tables: tables.map((table) => ({ ...base.tables[0]!, ...table })) };
  return planJob(
    { id: "j", kind: "rekey", ...(drawn !== undefined && { drawn }) },
    settings,
    {
      readSchema: async (keyspace, name) =>
        schemas.find((schema) => schema.keyspace === keyspace && schema.name === name),
      estimateSize: async () => (estimate === undefined ? undefined : { partitions: 0, bytes: estimate }),
    },
    signal,
  );
}

function schemaOf(options: ConstructorParameters<typeof MemoryTable>[0]): TableSchema {
  return new MemoryTable(options, () => time.utcMs).schema;
}

const users = schemaOf({ columns: ["email", "phone"], label: "key_version" });

describe("planJob", () => {
  it("says of an id that it was drawn only where it was", async () => {
    expect((await plan([{}], [users], undefined, true)).job.drawn).toBe(true);
    for (const drawn of [false, undefined])
      expect((await plan([{}], [users], undefined, drawn)).job).not.toHaveProperty("drawn");
  });

  it("cuts the ring of each table and snapshots what must not change", async () => {
    const orders = schemaOf({ columns: ["email", "phone"], keyspace: "shop", name: "orders" });
    const { job } = await plan(
      [{ chunks: 3 }, { keyspace: "shop", name: "orders", chunks: 5 }],
      [users, orders],
    );
    expect(job.tables.map(({ id, ranges }) => [id, ranges.length])).toEqual([
      ["users", 3],
      ["shop.orders", 5],
    ]);
    expect(job.tables[0]).toMatchObject({
      columns: ["email", "phone"],
      writeMode: "fenced",
      schema: {
        tableId: "app.users",
        partitionKey: ["pk blob"],
        clusteringKey: ["ck blob"],
        columns: ["email blob regular", "key_version text regular", "phone blob regular"],
      },
    });
  });

  it("counts chunks by the table's size where it is asked to", async () => {
    const bytes = 64 * 1024 * 1024;
    expect((await plan([{ chunks: "auto" }], [users], 100 * bytes)).job.tables[0]!.ranges).toHaveLength(100);
    expect((await plan([{ chunks: "auto" }], [users])).job.tables[0]!.ranges).toHaveLength(32);
  });

  it("reports the problems of all tables together, each with its table", async () => {
    const failing = plan([{ encryptedColumns: ["emial"] }, { name: "gone" }], [users]);
    await expect(failing).rejects.toMatchObject({
      code: "CONFIG.TABLE_MISMATCH",
      problems: [
        expect.stringMatching(/^app\.users: .*emial/),
        expect.stringMatching(/^app\.gone: .*no such table/),
      ],
    });
  });

  it("warns of what is risky and plans all the same", async () => {
    const { warnings } = await plan([{}], [users]);
    expect(warnings).toEqual([expect.stringMatching(/^app\.users: .*key_version/)]);
  });
});
