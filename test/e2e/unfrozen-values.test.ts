import { needsCassandra, useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealedTables } from "../sealed-tables.ts";

const ROWS = 30;
const MODES = [
  ["fenced", ""],
  ["by LWT", "use_lwt_guard: true, application_writes: lwt"],
] as const;

describe("maps and UDTs that are not frozen", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  const { base, token, opened, run, create, engineFor } = sealedTables(db);

  beforeAll(async () => {
    await db.client.execute(`CREATE TYPE ${db.keyspace}.person (name text, mail text, age int)`);
  });

  it.for(MODES)(
    "are rekeyed part by part, each with its own writetime and expiry (%s)",
    async ([mode, guard], test) => {
      needsCassandra("5.0", db.cluster, test);
      const name = await create("phones map<text, text>, owner person");
      const table = `${db.keyspace}.${name}`;
      for (let id = 0; id < ROWS; id += 1) {
        await run(`UPDATE ${table} USING TIMESTAMP ${base} SET phones = ?, owner = ? WHERE id = ?`, [
          { home: await token(`home ${id}`), work: await token(`work ${id}`) },
          { name: await token(`name ${id}`), mail: await token(`mail ${id}`), age: id },
          id,
        ]);
        await run(
          `UPDATE ${table} USING TIMESTAMP ${base + 500n} AND TTL 5000 SET phones['late'] = ? WHERE id = ?`,
          [await token(`late ${id}`), id],
        );
        await run(
          `UPDATE ${table} USING TIMESTAMP ${base + 700n} AND TTL 6000 SET owner.mail = ? WHERE id = ?`,
          [await token(`mail ${id}`), id],
        );
        if (id % 2 === 0)
          await run(`DELETE phones['work'] FROM ${table} USING TIMESTAMP ${base + 9n} WHERE id = ${id}`);
      }
      await using engine = await engineFor(name, "[phones, owner]", { table: guard });
      await engine.init();
      const { jobId } = await engine.plan();
      expect(await engine.run({ jobId })).toMatchObject({ quarantined: 0, young: 0 });
      expect(await engine.verify()).toMatchObject({ clean: true });
      const cells = ["phones['home']", "phones['late']", "owner.name", "owner.mail"];
      const asked = cells.flatMap((cell, at) => [
        `${cell} AS v${at}`,
        `WRITETIME(${cell}) AS w${at}`,
        `TTL(${cell}) AS e${at}`,
      ]);
      const { rows } = await run(`SELECT id, phones, owner.age AS age, ${asked.join(", ")} FROM ${table}`);
      expect(rows).toHaveLength(ROWS);
      for (const row of rows) {
        const id = row.get("id") as number;
        const values = await Promise.all(cells.map((_, at) => opened(row.get(`v${at}`) as string)));
        expect(values).toEqual([`home ${id}`, `late ${id}`, `name ${id}`, `mail ${id}`]);
        expect(Object.keys(row.get("phones") as object)).toEqual(
          id % 2 === 0 ? ["home", "late"] : ["home", "late", "work"],
        );
        expect(row.get("age")).toBe(id);
        expect(cells.map((_, at) => row.get(`e${at}`) !== null)).toEqual([false, true, false, true]);
        if (mode === "fenced") {
          const stamps = cells.map((_, at) => BigInt(String(row.get(`w${at}`))) - base);
          expect(stamps).toEqual([1n, 501n, 1n, 701n]);
        }
      }
    },
  );

  it("lose to an application that replaces, deletes or expires them", async (test) => {
    needsCassandra("5.0", db.cluster, test);
    const name = await create("phones map<text, text>");
    const table = `${db.keyspace}.${name}`;
    for (const id of [1, 2, 3])
      await run(`UPDATE ${table} USING TIMESTAMP ${base} SET phones = ? WHERE id = ${id}`, [
        { a: await token("a"), b: await token("b") },
      ]);
    await using engine = await engineFor(name, "[phones]");
    await engine.init();
    await engine.run({ jobId: (await engine.plan()).jobId });
    // Replacing a whole map deletes it one microsecond before the new values: three later is newer than ours.
    await run(`UPDATE ${table} USING TIMESTAMP ${base + 3n} SET phones = {'a': 'fresh'} WHERE id = 1`);
    await run(`DELETE phones['a'] FROM ${table} USING TIMESTAMP ${base + 2n} WHERE id = 2`);
    await run(`DELETE FROM ${table} USING TIMESTAMP ${base + 2n} WHERE id = 3`);
    const { rows } = await run(`SELECT id, phones FROM ${table}`);
    const found = rows.map((row) => [row.get("id"), Object.keys(row.get("phones") as object)]);
    expect(found.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
      [1, ["a"]],
      [2, ["b"]],
    ]);
  });

  it("are refused by doctor and plan where they cannot be rekeyed, with the reason and the way out", async () => {
    const name = await create("l list<text>, s set<text>");
    await using engine = await engineFor(name, "[l, s]");
    await engine.init();
    const { checks } = await engine.doctor();
    const found = checks.filter(({ check }) => check === "table.elements");
    expect(found.map(({ level, message }) => `${level} ${message.slice(0, 40)}`)).toEqual([
      "FAIL l is of type list<text>, which is not fr",
      "FAIL s is of type set<text>, which is not fro",
    ]);
    expect(found.every(({ next }) => next?.includes("frozen<"))).toBe(true);
    await expect(engine.plan()).rejects.toMatchObject({ code: "CONFIG.TABLE_MISMATCH" });
    // Reading them is safe, and tells which key they are under.
    expect(await engine.verify()).toMatchObject({ clean: true });
  });
});
