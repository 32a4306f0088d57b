import { randomUUID } from "node:crypto";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealedTables } from "../sealed-tables.ts";

const PARTITIONS = 40;
const ROWS_A_PARTITION = 6;

describe("static columns", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  const { base, token, opened, run, engineFor } = sealedTables(db);

  /** Every third partition has static cells only, every fourth rows only, every fifth a static cell that expires. */
  async function seeded(): Promise<string> {
    const name = `tenants_${randomUUID().slice(0, 8)}`;
    const table = `${db.keyspace}.${name}`;
    await db.client.execute(
      `CREATE TABLE ${table} (tenant int, id int, secret text STATIC, email text, note text, PRIMARY KEY (tenant, id))`,
    );
    for (let tenant = 0; tenant < PARTITIONS; tenant += 1) {
      if (tenant % 4 !== 0) {
        const ttl = tenant % 5 === 0 ? 5_000 : 0;
        await run(
          `UPDATE ${table} USING TIMESTAMP ${base + BigInt(tenant)} AND TTL ${ttl} SET secret = ? WHERE tenant = ?`,
          [await token(`secret ${tenant}`), tenant],
        );
      }
      if (tenant % 3 === 0) continue;
      for (let id = 0; id < ROWS_A_PARTITION; id += 1) {
        await run(`INSERT INTO ${table} (tenant, id, email) VALUES (?, ?, ?) USING TIMESTAMP ${base}`, [
          tenant,
          id,
          await token(`email ${tenant}.${id}`),
        ]);
      }
    }
    return name;
  }

  async function partitions(name: string) {
    const { rows } = await run(
      `SELECT DISTINCT tenant, secret, WRITETIME(secret) AS w, TTL(secret) AS e, toUnixTimestamp(now()) AS now FROM ${db.keyspace}.${name}`,
    );
    return rows
      .map((row) => ({
        tenant: row.get("tenant") as number,
        secret: row.get("secret") as string | null,
        writetime: row.get("w") === null ? undefined : BigInt(String(row.get("w"))),
        expires:
          row.get("e") === null
            ? undefined
            : Math.floor(Number(row.get("now")) / 1000) + Number(row.get("e")),
      }))
      .sort((a, b) => a.tenant - b.tenant);
  }

  it("are rekeyed once a partition, those without rows too, beside the regular columns of the same job", async () => {
    const name = await seeded();
    const before = await partitions(name);
    await using engine = await engineFor(name, "[secret, email]", { execution: "page_size: 7" });
    await engine.init();
    const sample = (await engine.doctor()).checks.find(({ check }) => check === "keys.sample");
    expect(sample).toMatchObject({ level: "OK" });
    const { jobId } = await engine.plan();
    const report = await engine.run({ jobId });
    const withRows = before.filter(({ tenant }) => tenant % 3 !== 0).length;
    expect(report.tables.map(({ scan, rows }) => [scan, rows.scanned])).toEqual([
      [undefined, withRows * ROWS_A_PARTITION],
      ["partitions", before.length],
    ]);
    const after = await partitions(name);
    expect(after.map(({ tenant }) => tenant)).toEqual(before.map(({ tenant }) => tenant));
    for (const [index, { tenant, secret, writetime, expires }] of after.entries()) {
      const was = before[index]!;
      expect(secret && (await opened(secret))).toBe(was.secret && `secret ${tenant}`);
      // Once: a write for each row of the partition would have moved it on by more than a microsecond.
      expect(writetime).toBe(was.writetime && was.writetime + 1n);
      expect(Math.abs((expires ?? 0) - (was.expires ?? 0))).toBeLessThanOrEqual(1);
    }
    expect(await engine.verify()).toMatchObject({ clean: true });
    const back = await engine.rollback({ jobId });
    expect(back.tables.map(({ scan }) => scan)).toEqual([undefined, "partitions"]);
    const bare = await db.client.execute(`SELECT id FROM ${db.keyspace}.${name} WHERE tenant = 3`);
    expect(bare.rows.map((row) => row.get("id"))).toEqual([null]);
  });

  it("alone make a job of one pass, and what the application wrote a microsecond later stands", async () => {
    const name = await seeded();
    await using engine = await engineFor(name, "[secret]");
    await engine.init();
    const plan = await engine.plan();
    expect(plan.tables).toMatchObject([{ name, scan: "partitions", chunks: 4 }]);
    await engine.run({ jobId: plan.jobId });
    const stamp = (tenant: number) => base + BigInt(tenant) + 2n;
    await db.client.execute(
      `UPDATE ${db.keyspace}.${name} USING TIMESTAMP ${stamp(1)} SET secret = 'newer' WHERE tenant = 1`,
    );
    await db.client.execute(
      `DELETE secret FROM ${db.keyspace}.${name} USING TIMESTAMP ${stamp(2)} WHERE tenant = 2`,
    );
    await db.client.execute(
      `DELETE FROM ${db.keyspace}.${name} USING TIMESTAMP ${stamp(6)} WHERE tenant = 6`,
    );
    const found = await partitions(name);
    expect(found.filter(({ tenant }) => [1, 2, 6].includes(tenant)).map(({ secret }) => secret)).toEqual([
      "newer",
      null,
    ]);
  });
});
