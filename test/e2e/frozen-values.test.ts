import { randomUUID } from "node:crypto";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealedTables } from "../sealed-tables.ts";

const ROWS = 30;
const MODES = [
  ["fenced", ""],
  ["by LWT", "use_lwt_guard: true, application_writes: lwt"],
] as const;

interface Profile {
  readonly name: string;
  readonly contacts:
    | readonly {
        readonly kind: string;
        readonly phone: string | null;
        readonly seen: unknown;
      }[]
    | null;
  readonly note: string | null;
}

const withContacts = (profile: Profile) => ({ ...profile, contacts: profile.contacts ?? [] });

describe("frozen values", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  const { base, token, opened, run, create, engineFor } = sealedTables(db);

  beforeAll(async () => {
    await db.client.execute(`CREATE TYPE ${db.keyspace}.contact (kind text, phone text, seen timestamp)`);
    await db.client.execute(
      `CREATE TYPE ${db.keyspace}.profile (name text, contacts frozen<list<frozen<contact>>>, note text)`,
    );
  });

  async function rekeyed(name: string, columns: string, table = "") {
    await using engine = await engineFor(name, columns, { table });
    await engine.init();
    const doctor = await engine.doctor();
    expect(doctor.checks.find(({ check }) => check === "keys.sample")).toMatchObject({ level: "OK" });
    const report = await engine.run({ jobId: (await engine.plan()).jobId });
    return { report, verified: await engine.verify() };
  }

  const shown = async (name: string, column: string) =>
    (
      await run(
        `SELECT id, ${column} AS value, WRITETIME(${column}) AS w, TTL(${column}) AS e FROM ${db.keyspace}.${name}`,
      )
    ).rows
      .map((row) => ({
        id: row.get("id") as number,
        value: row.get("value"),
        writetime: BigInt(String(row.get("w"))),
        ttl: row.get("e") as number | null,
      }))
      .sort((a, b) => a.id - b.id);

  it.each(MODES)("are rekeyed at the path that is configured and nowhere else (%s)", async (mode, guard) => {
    const name = await create("profile frozen<profile>");
    for (let id = 0; id < ROWS; id += 1) {
      const contacts = await Promise.all(
        Array.from({ length: id % 4 }, async (_, index) => ({
          kind: `kind ${index}`,
          phone: index === 2 ? null : await token(`phone ${id}.${index}`),
          seen: new Date(index),
        })),
      );
      const profile = { name: `not encrypted ${id}`, contacts, note: id % 5 === 0 ? null : "n" };
      await run(
        `INSERT INTO ${db.keyspace}.${name} (id, profile) VALUES (?, ?) USING TIMESTAMP ${base + BigInt(id)} AND TTL ?`,
        [id, profile, id % 3 === 0 ? 5_000 : 0],
      );
    }
    const before = await shown(name, "profile");
    const { report, verified } = await rekeyed(name, '[{ name: profile, path: "contacts[*].phone" }]', guard);
    expect(report).toMatchObject({ quarantined: 0, young: 0 });
    expect(verified).toMatchObject({ clean: true });
    const after = await shown(name, "profile");
    for (const [index, { id, value, writetime, ttl }] of after.entries()) {
      // The driver writes an empty list as null.
      const was = withContacts(before[index]!.value as Profile);
      const { contacts, ...rest } = withContacts(value as Profile);
      expect(rest).toEqual({ name: was.name, note: was.note });
      expect(contacts.map(({ kind, seen }) => [kind, seen])).toEqual(
        was.contacts.map(({ kind, seen }) => [kind, seen]),
      );
      const phones = await Promise.all(contacts.map(({ phone }) => phone && opened(phone)));
      expect(phones).toEqual(was.contacts.map(({ phone }, at) => phone && `phone ${id}.${at}`));
      const hasPhones = was.contacts.some(({ phone }) => phone !== null);
      if (mode === "fenced") expect(writetime).toBe(before[index]!.writetime + (hasPhones ? 1n : 0n));
      expect(ttl === null).toBe(before[index]!.ttl === null);
    }
  });

  it("of every kind are rekeyed in all their leaves, sets in the server's order", async () => {
    const name = await create(
      "l frozen<list<text>>, s frozen<set<text>>, m frozen<map<text, blob>>, t tuple<int, text>, deep frozen<map<int, frozen<list<tuple<text, int>>>>>",
    );
    for (let id = 0; id < ROWS; id += 1) {
      const tokens = await Promise.all(["a", "b", "c"].map((part) => token(`${part} ${id}`)));
      const [a, b, c] = tokens as [string, string, string];
      const literal = `${id}, ['${a}', '${b}'], {'${a}', '${b}', '${c}'}, {'key': ${`0x${Buffer.from(a).toString("hex")}`}}, (${id}, '${b}'), {7: [('${c}', ${id}), (null, 1)], 8: []}`;
      await db.client.execute(
        `INSERT INTO ${db.keyspace}.${name} (id, l, s, m, t, deep) VALUES (${literal}) USING TIMESTAMP ${base}`,
      );
    }
    const { report, verified } = await rekeyed(name, "[l, s, m, t, deep]");
    expect(report.quarantined).toBe(0);
    expect(verified).toMatchObject({ clean: true });
    const { rows } = await run(`SELECT * FROM ${db.keyspace}.${name}`);
    for (const row of rows) {
      const id = row.get("id") as number;
      const list = row.get("l") as string[];
      expect(await Promise.all(list.map(opened))).toEqual([`a ${id}`, `b ${id}`]);
      const set = [...(row.get("s") as Iterable<string>)];
      expect(set).toEqual([...set].sort());
      expect((await Promise.all(set.map(opened))).sort()).toEqual([`a ${id}`, `b ${id}`, `c ${id}`]);
      expect(await opened(String((row.get("m") as Record<string, Buffer>)["key"]))).toBe(`a ${id}`);
      const pair = row.get("t") as { get(index: number): unknown };
      expect([pair.get(0), await opened(pair.get(1) as string)]).toEqual([id, `b ${id}`]);
      const deep = row.get("deep") as Record<string, { get(index: number): unknown }[]>;
      expect(deep["8"]).toEqual([]);
      expect([await opened(deep["7"]![0]!.get(0) as string), deep["7"]![0]!.get(1)]).toEqual([`c ${id}`, id]);
      expect(deep["7"]![1]!.get(0)).toBeNull();
    }
    // The server itself finds each element of a set that we sorted.
    const [any] = rows;
    const [element] = [...(any!.get("s") as Iterable<string>)];
    const found = await db.client.execute(
      `SELECT id FROM ${db.keyspace}.${name} WHERE s CONTAINS '${element}' ALLOW FILTERING`,
    );
    expect(found.rows.map((row) => row.get("id"))).toEqual([any!.get("id")]);
  });

  it("stop the job when their type changes under it", async () => {
    const type = `late_${randomUUID().slice(0, 8)}`;
    await db.client.execute(`CREATE TYPE ${db.keyspace}.${type} (a text)`);
    const name = await create(`v frozen<${type}>`);
    await using engine = await engineFor(name, "[v]");
    await engine.init();
    const { jobId } = await engine.plan();
    await db.client.execute(`ALTER TYPE ${db.keyspace}.${type} ADD b text`);
    await expect(engine.run({ jobId })).rejects.toMatchObject({ code: "SCHEMA.DRIFT" });
  });
});
