import { randomUUID } from "node:crypto";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealedTables } from "../sealed-tables.ts";

const MIB = 1024 * 1024;

describe("tables that are out of the ordinary", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  const { base, sealed, opened, run, engineFor } = sealedTables(db);

  /** Creates a table; gives its name, and its name in CQL. */
  async function create(definition: string, prefix = "odd"): Promise<{ name: string; cql: string }> {
    const name = `${prefix}_${randomUUID().slice(0, 8)}`;
    const cql = `${db.keyspace}."${name}"`;
    await db.client.execute(`CREATE TABLE ${cql} ${definition}`);
    return { name, cql };
  }

  async function rekey(name: string, columns: readonly string[]) {
    await using engine = await engineFor(name, JSON.stringify(columns));
    await engine.init();
    const report = await engine.run({ jobId: (await engine.plan()).jobId });
    const { clean } = await engine.verify();
    return { report, clean };
  }

  it("with quoted, reserved, case-sensitive and unusual names are rekeyed", async () => {
    const { name, cql } = await create(
      '("Select" int, "a ""b""" int, "TOKEN" text, "from" text, "naïve; DROP" blob, "Key_Version" text, PRIMARY KEY ("Select", "a ""b"""))',
      "CamelCase",
    );
    await run(
      `INSERT INTO ${cql} ("Select", "a ""b""", "TOKEN", "from", "naïve; DROP") VALUES (1, 2, ?, ?, ?) USING TIMESTAMP ${base}`,
      [(await sealed("t")).toString("latin1"), (await sealed("f")).toString("latin1"), await sealed("n")],
    );
    expect(await rekey(name, ["TOKEN", "from", "naïve; DROP"])).toMatchObject({ clean: true });
    const row = (await run(`SELECT "TOKEN", "from", "naïve; DROP" FROM ${cql}`)).first()!;
    expect(await Promise.all([0, 1, 2].map((at) => opened(row.values()[at] as string)))).toEqual([
      "t",
      "f",
      "n",
    ]);
  });

  it("with very long keys, in reversed and mixed clustering orders, are read to the last row and written in place", async () => {
    const { name, cql } = await create(
      "(p text, a blob, b timeuuid, c inet, v text, PRIMARY KEY ((p), a, b, c)) WITH CLUSTERING ORDER BY (a DESC, b ASC, c DESC)",
    );
    const long = "x".repeat(60_000);
    let rows = 0;
    for (const p of [long, `${long}y`, "short"]) {
      for (let index = 0; index < 12; index += 1) {
        const a = Buffer.alloc(30_000 * (index % 2) + 1, index);
        await run(
          `INSERT INTO ${cql} (p, a, b, c, v) VALUES (?, ?, now(), '10.0.0.${index}', ?) USING TIMESTAMP ${base}`,
          [p, a, (await sealed(`row ${index}`)).toString("latin1")],
        );
        rows += 1;
      }
    }
    const { report, clean } = await rekey(name, ["v"]);
    expect(report.totals).toMatchObject({ scanned: rows, rekeyed: rows });
    expect(clean).toBe(true);
    const after = await run(`SELECT v, WRITETIME(v) AS w FROM ${cql}`);
    expect(after.rows).toHaveLength(rows);
    for (const row of after.rows) expect(BigInt(String(row.get("w")))).toBe(base + 1n);
  });

  it("with values of a mebibyte are read a few rows at a time, and come out whole; values of no bytes stay", async () => {
    const { name, cql } = await create("(id int PRIMARY KEY, v blob, e text)");
    const large = "z".repeat(MIB);
    for (let id = 0; id < 24; id += 1) {
      await run(`INSERT INTO ${cql} (id, v) VALUES (?, ?) USING TIMESTAMP ${base}`, [
        id,
        await sealed(`${id}${large}`),
      ]);
    }
    await run(`UPDATE ${cql} SET e = '' WHERE id = 7`);
    const { report } = await rekey(name, ["v", "e"]);
    expect(report.totals).toMatchObject({ scanned: 24, rekeyed: 24 });
    // No key seals to nothing at all, so an empty value is one that no key opens.
    expect(report.quarantined).toBe(1);
    for (let id = 0; id < 24; id += 1) {
      const row = (await run(`SELECT v, e, WRITETIME(v) AS w FROM ${cql} WHERE id = ?`, [id])).first()!;
      expect((await opened(row.get("v") as Buffer)) === `${id}${large}`).toBe(true);
      expect(BigInt(String(row.get("w")))).toBe(base + 1n);
      expect(row.get("e")).toBe(id === 7 ? "" : null);
    }
  });

  it("with 64 encrypted columns, and some of them null, are rekeyed column by column", async () => {
    const columns = Array.from({ length: 64 }, (_, index) => `c${index}`);
    const { name, cql } = await create(
      `(id int PRIMARY KEY, ${columns.map((column, index) => `${column} ${index % 2 === 0 ? "text" : "blob"}`).join(", ")})`,
    );
    for (let id = 0; id < 10; id += 1) {
      const own = columns.filter((_, index) => (index + id) % 3 !== 0);
      const values = await Promise.all(
        own.map(async (column) => {
          const value = await sealed(`${id} ${column}`);
          return Number(column.slice(1)) % 2 === 0 ? value.toString("latin1") : value;
        }),
      );
      const marks = own.map(() => "?").join(", ");
      await run(
        `INSERT INTO ${cql} (id, ${own.join(", ")}) VALUES (${id}, ${marks}) USING TIMESTAMP ${base}`,
        values,
      );
    }
    expect((await rekey(name, columns)).clean).toBe(true);
    for (const row of (await run(`SELECT * FROM ${cql}`)).rows) {
      const id = row.get("id") as number;
      for (const [index, column] of columns.entries()) {
        const value = row.get(column) as string | Buffer | null;
        expect(value && (await opened(value))).toBe((index + id) % 3 === 0 ? null : `${id} ${column}`);
      }
    }
  });
});
