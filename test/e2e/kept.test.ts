import { randomUUID } from "node:crypto";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import cassandra from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newFernetKey, open, openFernetKey, seal, serverSecond } from "../fixture-table.ts";
import { openTestEngine } from "../open-test-engine.ts";
import { TurnWatch } from "../turn-watch.ts";

const HOUR_US = 3_600_000_000n;

/** One row as the server shows it, with what must not change. */
interface Shown {
  readonly id: number;
  readonly secret: { readonly writetime: string; readonly expiresAt: number | null } | null;
  readonly other: { readonly writetime: string; readonly expiresAt: number | null } | null;
  readonly label: {
    readonly text: string;
    readonly writetime: string;
    readonly expiresAt: number | null;
  } | null;
}

describe("what a rekey keeps", () => {
  const db = useKeyspace({ beforeAll, afterAll });
  const keys = { target: newFernetKey(), previous: newFernetKey() };
  const base = BigInt(Date.now()) * 1000n - HOUR_US;

  /** Creates a table, runs `write` on it, rekeys it, and returns its rows before and after. */
  async function rekeyed(
    options: string,
    write: (table: string, token: (text: string) => Promise<string>) => Promise<void>,
  ): Promise<{ table: string; before: readonly Shown[]; after: readonly Shown[] }> {
    const name = `kept_${randomUUID().slice(0, 8)}`;
    const table = `${db.keyspace}.${name}`;
    await db.client.execute(
      `CREATE TABLE ${table} (id int PRIMARY KEY, secret text, other text, key_version text, note text)${options}`,
    );
    const previous = openFernetKey(keys.previous);
    await write(table, async (text) => (await seal(previous, [text]))[0]!.toString("latin1"));
    const before = await show(table);
    const watch = new TurnWatch();
    await using engine = await openTestEngine({
      ...db,
      keys,
      yaml: `
tables: [{ name: ${name}, encrypted_columns: [secret, other], chunks: 4 }]
execution: { settle_seconds: 1, workers: 2 }`,
      override: watch.override,
    });
    await engine.init();
    await engine.run({ jobId: (await engine.plan()).jobId });
    const after = onTime(before, await show(table), watch);
    const target = openFernetKey(keys.target);
    const found = await db.client.execute(`SELECT id, secret, other FROM ${table}`);
    for (const row of found.rows) {
      for (const column of ["secret", "other"] as const) {
        const value = row.get(column) as string | null;
        if (value !== null) expect(await open(target, Buffer.from(value))).toBe(`${column} ${row.get("id")}`);
      }
    }
    return { table, before, after };
  }

  async function show(table: string): Promise<readonly Shown[]> {
    const cell = (column: string) =>
      `${column}, WRITETIME(${column}) AS ${column}_w, TTL(${column}) AS ${column}_e`;
    const cql = `SELECT id, ${cell("secret")}, ${cell("other")}, ${cell("key_version")} FROM ${table}`;
    // Only what was read within one second of the server tells in which second its TTLs were counted.
    let second: number;
    let rows: readonly cassandra.types.Row[];
    do {
      second = await serverSecond(db.client);
      ({ rows } = await db.client.execute(cql, [], { prepare: true }));
    } while ((await serverSecond(db.client)) !== second);
    const shown = (row: cassandra.types.Row, column: string) => {
      const value = row.get(column) as string | null;
      if (value === null) return null;
      const ttl = row.get(`${column}_e`) as number | null;
      return {
        text: value,
        writetime: String(row.get(`${column}_w`)),
        expiresAt: ttl === null ? null : second + ttl,
      };
    };
    return rows
      .map((row): Shown => {
        const [secret, other] = ["secret", "other"].map((column) => {
          const found = shown(row, column);
          return found && { writetime: found.writetime, expiresAt: found.expiresAt };
        });
        return {
          id: row.get("id") as number,
          secret: secret!,
          other: other!,
          label: shown(row, "key_version"),
        };
      })
      .sort((a, b) => a.id - b.id);
  }

  /** The rows with the expiry from before where it is later by no more than the turn of a second explains. */
  function onTime(before: readonly Shown[], after: readonly Shown[], watch: TurnWatch): readonly Shown[] {
    const cell = <Cell extends { readonly expiresAt: number | null }>(
      id: number,
      was: Cell | null | undefined,
      is: Cell | null,
    ): Cell | null => {
      if (!is || is.expiresAt === null || !was || was.expiresAt === null) return is;
      const seconds = is.expiresAt - was.expiresAt;
      return seconds > 0 && seconds <= watch.lateBy(id) ? { ...is, expiresAt: was.expiresAt } : is;
    };
    return after.map((row, index) => {
      const { id } = row;
      const was = before[index];
      return {
        id,
        secret: cell(id, was?.secret, row.secret),
        other: cell(id, was?.other, row.other),
        label: cell(id, was?.label, row.label),
      };
    });
  }

  /** The rows as they must be afterwards: rewritten cells are 1 µs newer, all else is as it was. */
  function oneMicrosecondLater(before: readonly Shown[]): readonly Shown[] {
    const later = <Cell extends { readonly writetime: string }>(cell: Cell | null) =>
      cell && { ...cell, writetime: String(BigInt(cell.writetime) + 1n) };
    return before.map((row) => ({
      ...row,
      secret: later(row.secret),
      other: later(row.other),
      label: row.label && { ...later(row.label)!, text: "v2" },
    }));
  }

  it("keeps writetime and second of expiry of each cell by itself, nulls and labels included", async () => {
    const { before, after } = await rekeyed("", async (table, token) => {
      const stamp = (offset: number) => cassandra.types.Long.fromString(String(base + BigInt(offset)));
      for (let id = 0; id < 40; id += 1) {
        await db.client.execute(
          `INSERT INTO ${table} (id, secret, note) VALUES (?, ?, 'note') USING TIMESTAMP ? AND TTL ?`,
          [id, await token(`secret ${id}`), stamp(id), id % 4 === 0 ? 3_000 + id : 0],
          { prepare: true },
        );
        if (id % 3 !== 0) {
          await db.client.execute(
            `UPDATE ${table} USING TIMESTAMP ? AND TTL ? SET other = ? WHERE id = ?`,
            [stamp(1_000_000 + id), id % 5 === 0 ? 5_000 + id : 0, await token(`other ${id}`), id],
            { prepare: true },
          );
        }
        if (id % 2 === 0) {
          await db.client.execute(
            `UPDATE ${table} USING TIMESTAMP ? AND TTL ? SET key_version = 'v1' WHERE id = ?`,
            [stamp(2_000_000 + id), id % 8 === 0 ? 7_000 : 0, id],
            { prepare: true },
          );
        }
      }
    });
    expect(before.filter((row) => row.secret?.expiresAt)).toHaveLength(10);
    expect(before.filter((row) => row.other === null)).toHaveLength(14);
    expect(after).toEqual(oneMicrosecondLater(before));
  });

  it("makes no cell mortal by the table's default, and none immortal", async () => {
    const { before, after } = await rekeyed(" WITH default_time_to_live = 9000", async (table, token) => {
      await db.client.execute(
        `INSERT INTO ${table} (id, secret) VALUES (1, ?) USING TTL 0 AND TIMESTAMP ${base}`,
        [await token("secret 1")],
      );
      await db.client.execute(`INSERT INTO ${table} (id, secret) VALUES (2, ?) USING TIMESTAMP ${base}`, [
        await token("secret 2"),
      ]);
    });
    expect(before.map((row) => row.secret!.expiresAt === null)).toEqual([true, false]);
    expect(after).toEqual(oneMicrosecondLater(before));
  });

  it("keeps no row alive: one made by UPDATE goes with its last cell, one made by INSERT stays", async () => {
    const { table } = await rekeyed("", async (name, token) => {
      await db.client.execute(`UPDATE ${name} USING TIMESTAMP ${base} SET secret = ? WHERE id = 1`, [
        await token("secret 1"),
      ]);
      await db.client.execute(`INSERT INTO ${name} (id, secret) VALUES (2, ?) USING TIMESTAMP ${base}`, [
        await token("secret 2"),
      ]);
    });
    await db.client.execute(`UPDATE ${table} SET secret = null WHERE id = 1`);
    await db.client.execute(`UPDATE ${table} SET secret = null WHERE id = 2`);
    const { rows } = await db.client.execute(`SELECT id FROM ${table}`);
    expect(rows.map((row) => row.get("id"))).toEqual([2]);
  });

  it("lets what the application wrote or deleted a microsecond later stand", async () => {
    const { table } = await rekeyed("", async (name, token) => {
      for (const id of [1, 2]) {
        await db.client.execute(
          `INSERT INTO ${name} (id, secret) VALUES (${id}, ?) USING TIMESTAMP ${base}`,
          [await token(`secret ${id}`)],
        );
      }
    });
    await db.client.execute(`UPDATE ${table} USING TIMESTAMP ${base + 2n} SET secret = 'newer' WHERE id = 1`);
    await db.client.execute(`DELETE FROM ${table} USING TIMESTAMP ${base + 2n} WHERE id = 2`);
    const { rows } = await db.client.execute(`SELECT id, secret FROM ${table}`);
    expect(rows.map((row) => [row.get("id"), row.get("secret")])).toEqual([[1, "newer"]]);
  });
});
