import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli, startCli } from "../cli.ts";
import { checkAll, configFor, newFernetKey, openFernetKey, seal, seed } from "../fixture-table.ts";

describe("a seeded table", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  it("is rekeyed from plan to verify, and keeps every plaintext, writetime and second of expiry", async () => {
    const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };
    const fixture = await seed(db.client, db.keyspace, { key: env.REKEY_OLD_KEY });
    await using folder = await cliFolder();
    const config = configFor(db.cluster, [fixture]);
    const cli = (...args: string[]) => runCli(args, { cwd: folder.path, env, config });

    expect(await checkAll(db.client, fixture, { key: env.REKEY_OLD_KEY, writetimeShift: 0 })).toEqual([]);
    expect(await checkAll(db.client, fixture, { key: env.REKEY_NEW_KEY })).toHaveLength(fixture.cells);

    expect(await cli("init-state")).toMatchObject({ status: 0 });
    expect(await cli("plan", "--json")).toMatchObject({
      status: 0,
      json: { tables: [{ keyspace: fixture.keyspace, name: "people", chunks: 8 }] },
    });
    const running = await startCli(["run"], { cwd: folder.path, env });
    await running.waitFor(/done/);
    expect(await running.ended).toMatchObject({ status: 0 });
    expect(await cli("verify", "--json")).toMatchObject({ status: 0, json: { clean: true } });
    expect(await checkAll(db.client, fixture, { key: env.REKEY_NEW_KEY })).toEqual([]);
  });

  it("is what its checks can tell from any damage", async () => {
    const key = newFernetKey();
    const fixture = await seed(db.client, db.keyspace, { key, rows: 8, name: "damaged" });
    const table = `${fixture.keyspace}.${fixture.name}`;
    const where = "WHERE region = ? AND account = ? AND entry = ?";
    const change = (cql: string, row: number, ...values: unknown[]) =>
      db.client.execute(cql, [...values, ...fixture.rows[row]!.key], { prepare: true });
    const at = (row: number, shift: bigint) => String(fixture.rows[row]!.cells.email!.writetime + shift);
    const [forged] = await seal(openFernetKey(key), ["somebody else"]);
    const [strange] = await seal(openFernetKey(newFernetKey()), ["person3@example.com"]);
    const [same] = await seal(openFernetKey(key), ["person4@example.com"]);
    const write = (row: number, token: Buffer | undefined, using: string) =>
      change(`UPDATE ${table} USING ${using} SET email = ? ${where}`, row, token!.toString("latin1"));

    await change(`DELETE FROM ${table} ${where}`, 1);
    await write(2, forged, `TIMESTAMP ${at(2, 1n)}`);
    await write(3, strange, `TIMESTAMP ${at(3, 1n)}`);
    await write(4, same, `TIMESTAMP ${at(4, 2n)}`);
    // This one had a day to live.
    await write(
      5,
      await seal(openFernetKey(key), ["person5@example.com"]).then(([token]) => token),
      `TIMESTAMP ${at(5, 1n)}`,
    );
    await change(`DELETE email FROM ${table} ${where}`, 6);
    await db.client.execute(`INSERT INTO ${table} (region, account, entry) VALUES ('emea', uuid(), 99)`);

    const id = (row: number) => fixture.rows[row]!.key.join("/");
    const told = await checkAll(db.client, fixture, { key });
    for (const damage of [
      `row ${id(1)} is gone`,
      `email of row ${id(2)} has another plaintext`,
      `email of row ${id(3)} is under another key`,
      `email of row ${id(4)} has a writetime 2 µs later`,
      `email of row ${id(5)} expires at no time instead of`,
      `email of row ${id(6)} is gone`,
      "/99 was not there before",
    ])
      expect(told).toContainEqual(expect.stringContaining(damage));
    expect(told).toHaveLength(7);
  });
});
