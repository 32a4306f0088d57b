import { connectClient, freshKeyspace, sharedCassandra } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliFolder, runCli, startCli } from "../cli.ts";
import { checkAll, configFor, newFernetKey, seed } from "../fixture-table.ts";

describe("a rotation from plan to verify", () => {
  let client: Awaited<ReturnType<typeof connectClient>>;
  beforeAll(async () => {
    client = await connectClient(await sharedCassandra());
  });
  afterAll(() => client?.shutdown());

  it("rekeys every cell and keeps its plaintext, writetime and second of expiry", async () => {
    const env = { REKEY_OLD_KEY: newFernetKey(), REKEY_NEW_KEY: newFernetKey() };
    const fixture = await seed(client, await freshKeyspace(client), { key: env.REKEY_OLD_KEY });
    await using folder = await cliFolder();
    const config = configFor(await sharedCassandra(), [fixture]);
    const cli = (...args: string[]) => runCli(args, { cwd: folder.path, env, config });

    expect(await checkAll(client, fixture, { key: env.REKEY_OLD_KEY, writetimeShift: 0 })).toEqual([]);
    expect(await checkAll(client, fixture, { key: env.REKEY_NEW_KEY })).toHaveLength(fixture.cells);

    expect(await cli("init-state")).toMatchObject({ status: 0 });
    expect(await cli("plan", "--json")).toMatchObject({
      status: 0,
      json: { tables: [{ keyspace: fixture.keyspace, name: "people", chunks: 8 }] },
    });
    const running = await startCli(["run"], { cwd: folder.path, env });
    await running.waitFor(/done/);
    expect(await running.ended).toMatchObject({ status: 0 });
    expect(await cli("verify", "--json")).toMatchObject({ status: 0, json: { clean: true } });
    expect(await checkAll(client, fixture, { key: env.REKEY_NEW_KEY })).toEqual([]);
  });
});
