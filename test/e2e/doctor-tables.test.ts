import { readdir } from "node:fs/promises";
import { isCassandra, needsCassandra, useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder } from "../cli.ts";
import { inShort, runDoctor } from "../doctor-run.ts";
import { configFor, newFernetKey } from "../fixture-table.ts";
import { FAULTS, type Fault, FINE } from "../table-faults.ts";

describe("doctor on tables", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  /** Those that this Cassandra can have. */
  let faults: readonly (readonly [name: string, fault: Fault])[];
  const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };

  const tables = (mended: boolean) => [
    ...faults.map(([name, { config, mendedConfig }]) => ({
      name,
      encrypted_columns: ["email"],
      ...config,
      ...(mended && mendedConfig),
    })),
    { name: mended ? "windows" : "window", encrypted_columns: ["email"] },
    { name: mended ? "hasty" : "view_of_it", encrypted_columns: ["email"] },
    ...(mended ? [] : [{ name: "elsewhere", keyspace: "no_such_keyspace", encrypted_columns: ["email"] }]),
  ];
  const config = (mended: boolean) => ({
    ...configFor(db.cluster, [{ keyspace: db.keyspace, name: "", rows: [], cells: 0 }]),
    // What is named twice once it is mended is named once.
    tables: tables(mended).filter(
      ({ name }, at, all) => all.findIndex((table) => table.name === name) === at,
    ),
  });

  beforeAll(async () => {
    faults = Object.entries(FAULTS).filter(
      ([, { since }]) => since === undefined || isCassandra(db.cluster.version, since),
    );
    for (const [name, { table, after = [] }] of faults) {
      await db.client.execute(`CREATE TABLE ${db.keyspace}.${name} ${table}`);
      for (const statement of after) await db.client.execute(named(statement, name));
    }
  });

  const named = (statement: string, table: string) =>
    statement.replaceAll("$", `${db.keyspace}.${table}`).replaceAll("%", db.keyspace);

  it("says of each what is wrong and what to do, and is content when that is done", async () => {
    await using folder = await cliFolder();
    const schemaBefore = await schema();
    const before = await runDoctor({ config: config(false), env, cwd: folder.path });
    expect(before.status).toBe(1);
    for (const [name, { finds, next }] of faults) {
      const place = `${db.keyspace}.${name}`;
      expect([name, ...inShort(before.checks, place)]).toEqual([name, ...finds]);
      const steps = before.checks.filter((check) => check.table === place && check.level !== "OK");
      expect(steps.map((check) => check.next).join("\n")).toContain(next);
    }
    expect(before.of("table.exists", `${db.keyspace}.window`)).toMatchObject([
      { level: "FAIL", message: 'there is no such table (did you mean "windows"?)' },
    ]);
    expect(before.of("table.exists", `${db.keyspace}.view_of_it`)).toMatchObject([
      { level: "FAIL", next: "Name its table, viewed, instead: the view follows." },
    ]);
    expect(before.of("table.exists", "no_such_keyspace.elsewhere")).toMatchObject([
      { level: "FAIL", message: expect.stringMatching(/^there is no keyspace no_such_keyspace/) },
    ]);
    for (const check of before.checks) expect(check.level === "OK" || check.next).toBeTruthy();
    // It leaves nothing behind, neither in the cluster nor in the folder.
    expect(await schema()).toEqual(schemaBefore);
    expect(await readdir(folder.path)).toEqual(["config.yaml"]);

    for (const [name, { mendedBy = [] }] of faults) {
      for (const statement of mendedBy) await db.client.execute(named(statement, name));
    }
    const after = await runDoctor({ config: config(true), env, cwd: folder.path });
    for (const [name, fault] of faults) {
      const { mendedBy, mendedConfig, finds, thenFinds = FINE } = fault;
      const expected = mendedBy || mendedConfig ? thenFinds : finds;
      expect([name, ...inShort(after.checks, `${db.keyspace}.${name}`)]).toEqual([name, ...expected]);
    }
  });

  it.for(Object.entries(FAULTS).flatMap(([name, { since }]) => (since ? [[name, since] as const] : [])))(
    "looked at %s, which needs Cassandra %s",
    ([name, since], test) => {
      needsCassandra(since, db.cluster, test);
      expect(faults.map(([looked]) => looked)).toContain(name);
    },
  );

  async function schema(): Promise<readonly unknown[]> {
    const masks = isCassandra(db.cluster.version, "5.0") ? ["column_masks"] : [];
    const kinds = ["tables", "columns", "indexes", "views", ...masks];
    const rows = await Promise.all(
      kinds.map((kind) =>
        db.client.execute(`SELECT * FROM system_schema.${kind} WHERE keyspace_name = '${db.keyspace}'`),
      ),
    );
    return rows.map((result) => JSON.stringify(result.rows));
  }
});
