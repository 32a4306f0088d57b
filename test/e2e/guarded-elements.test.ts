import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealedTables } from "../sealed-tables.ts";

const ROWS = 10;
const CHANGES = 6;
const BY_LWT = "use_lwt_guard: true, application_writes: lwt, elements_never_expire: true";
const STOPPED = "use_lwt_guard: true, application_writes: none";

describe("parts of collections that are written by lightweight transaction", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  let isOld: boolean;
  const { base, token, opened, run, create, engineFor } = sealedTables(db);
  const openedAll = (texts: readonly string[] | null) => Promise.all((texts ?? []).map(opened));

  beforeAll(async () => {
    isOld = db.client.hosts.values().some((host) => host.cassandraVersion.startsWith("4"));
    await db.client.execute(`CREATE TYPE ${db.keyspace}.person (name text, age int)`);
  });

  it("are right whatever the application does to its lists by LWT meanwhile", async () => {
    const name = await create("l list<text>, n int");
    const table = `${db.keyspace}.${name}`;
    const ids = Array.from({ length: ROWS }, (_, id) => id);
    const truth = new Map<number, string[]>();
    for (const id of ids) {
      truth.set(id, [`${id} a`, `${id} b`, `${id} c`]);
      const list = await Promise.all(truth.get(id)!.map(token));
      await run(`UPDATE ${table} USING TIMESTAMP ${base} SET l = ?, n = 0 WHERE id = ${id}`, [list]);
    }
    await using engine = await engineFor(name, "[l]", { table: BY_LWT });
    await engine.init();
    const { jobId } = await engine.plan();
    const running = engine.run({ jobId });
    const change = async (id: number, n: number) => {
      const list = truth.get(id)!;
      const text = `${id} new ${n}`;
      const sealed = await token(text);
      const changes = [
        { cql: "l = ? + l", params: [[sealed]], to: [text, ...list] },
        { cql: "l = l + ?", params: [[sealed]], to: [...list, text] },
        { cql: "l[1] = ?", params: [sealed], to: list.with(1, text) },
        { cql: "l[0] = null", params: [], to: list.slice(1) },
      ];
      const { cql, params, to } = changes[(id + n) % changes.length]!;
      const result = await run(
        `UPDATE ${table} SET ${cql}, n = ${n} WHERE id = ${id} IF n = ${n - 1}`,
        params,
      );
      expect(result.wasApplied()).toBe(true);
      truth.set(id, to);
    };
    for (let n = 1; n <= CHANGES; n += 1) await Promise.all(ids.map((id) => change(id, n)));
    await running;
    await engine.run({ jobId: (await engine.plan()).jobId, untilClean: true });
    expect(await engine.verify()).toMatchObject({ clean: true });
    const { rows } = await run(`SELECT id, l FROM ${table}`);
    const found = await Promise.all(
      rows.map(async (row) => [row.get("id"), await openedAll(row.get("l"))] as const),
    );
    expect(new Map(found)).toEqual(truth);
  });

  it("are map values and UDT fields before Cassandra 5.0, where nothing expires", async () => {
    const name = await create("m map<text, text>, u person");
    const table = `${db.keyspace}.${name}`;
    await run(`INSERT INTO ${table} (id, m, u) VALUES (1, ?, ?)`, [
      { home: await token("home"), work: await token("work") },
      { name: await token("name"), age: 7 },
    ]);
    await using unsure = await engineFor(name, "[m, u]", {
      table: "use_lwt_guard: true, application_writes: lwt",
    });
    await unsure.init();
    if (isOld) await expect(unsure.plan()).rejects.toMatchObject({ code: "CONFIG.TABLE_MISMATCH" });
    await using engine = await engineFor(name, "[m, u]", { table: BY_LWT });
    await engine.init();
    const { checks } = await engine.doctor();
    expect(checks.filter(({ check }) => check === "table.elements")).toHaveLength(isOld ? 2 : 0);
    await engine.run({ jobId: (await engine.plan()).jobId, untilClean: true });
    const row = (await run(`SELECT m, u.name AS name, u.age AS age FROM ${table}`)).first();
    const map = row.get("m") as Record<string, string>;
    expect(await openedAll([map["home"]!, map["work"]!, row.get("name")])).toEqual(["home", "work", "name"]);
    expect(row.get("age")).toBe(7);
    expect(await engine.verify()).toMatchObject({ clean: true });
  });

  it("are elements of sets on Cassandra 5.0 while the writers are stopped, each with its own expiry", async () => {
    const name = await create("s set<text>");
    const table = `${db.keyspace}.${name}`;
    await run(`UPDATE ${table} USING TIMESTAMP ${base} SET s = ? WHERE id = 1`, [
      [await token("a"), await token("b")],
    ]);
    await run(`UPDATE ${table} USING TIMESTAMP ${base} AND TTL 5000 SET s = s + ? WHERE id = 1`, [
      [await token("late")],
    ]);
    await using engine = await engineFor(name, "[s]", { table: STOPPED });
    await engine.init();
    if (isOld) {
      await expect(engine.plan()).rejects.toThrow(/dated in the future/);
      return;
    }
    expect(await engine.run({ jobId: (await engine.plan()).jobId })).toMatchObject({ quarantined: 0 });
    expect(await engine.verify()).toMatchObject({ clean: true });
    const row = (await run(`SELECT s FROM ${table}`)).first();
    expect((await openedAll(row.get("s"))).toSorted()).toEqual(["a", "b", "late"]);
    for (const sealed of row.get("s") as string[]) {
      const ttl = `TTL(s['${sealed}'])`;
      const found = (await db.client.execute(`SELECT ${ttl} AS ttl FROM ${table} WHERE id = 1`)).first();
      expect(found.get("ttl") !== null).toBe((await opened(sealed)) === "late");
    }
  });
});
