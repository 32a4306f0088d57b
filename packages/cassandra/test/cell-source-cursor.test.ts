import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { MAX_TOKEN, MIN_TOKEN, type Row, type TableShape } from "@cassandra-rekey/core";
import { beforeAll, describe, expect, test } from "vitest";
import { keyOfToken } from "./key-of-token.ts";
import { pagesOf, rowsOf, useReal, WHOLE_RING } from "./real-cluster.ts";

const cluster = useReal();
let wide: TableShape;
const PARTITIONS = 5;
const ROWS = 60;
beforeAll(async () => {
  wide = await cluster.table(
    "wide",
    "(b text, a int, c int, d int, v text, PRIMARY KEY ((b, a), c, d)) WITH CLUSTERING ORDER BY (c DESC, d ASC)",
  );
  for (let n = 0; n < PARTITIONS * ROWS; n += 1) {
    const values = [`p${n % PARTITIONS}`, n % PARTITIONS, Math.floor(n / 7), n];
    await cluster.run("INSERT INTO ks.wide (b, a, c, d, v) VALUES (?, ?, ?, ?, 'x')", values);
  }
});

const id = (row: Row) => row.key.map((part) => Buffer.from(part).toString("hex")).join("/");
const ids = (rows: readonly Row[]) => rows.map(id);

/** The cursors after each page, and the rows before it. */
async function stops(maxRows: number): Promise<{ cursor: string; before: Row[] }[]> {
  const found: { cursor: string; before: Row[] }[] = [];
  const before: Row[] = [];
  for await (const page of pagesOf(cluster.source, wide, { maxRows })) {
    before.push(...page.rows);
    if (page.next !== undefined) found.push({ cursor: page.next, before: [...before] });
  }
  return found;
}

describe("wide partitions in mixed clustering order", () => {
  test.each([1, 7, 59, 60, 61, 1000])("in pages of %i are read once each, in one order", async (maxRows) => {
    const rows = ids(await rowsOf(cluster.source, wide, { maxRows }));
    expect(new Set(rows).size).toBe(PARTITIONS * ROWS);
    expect(rows).toEqual(ids(await rowsOf(cluster.source, wide)));
  });

  test("go on in the middle, with another page size, where they were left", async () => {
    for (const { cursor, before } of await stops(23)) {
      const rest = await rowsOf(cluster.source, wide, { cursor, maxRows: 50 });
      expect([...ids(before), ...ids(rest)]).toEqual(ids(await rowsOf(cluster.source, wide)));
    }
  });

  test("go on after an unrelated column was added", async () => {
    const [stop] = await stops(100);
    await cluster.run("ALTER TABLE ks.wide ADD unrelated text");
    const rest = await rowsOf(cluster.source, wide, { cursor: stop!.cursor });
    expect(ids(stop!.before).length + rest.length).toBe(PARTITIONS * ROWS);
  });

  test("with a damaged paging state start their partition again, and skip nothing", async () => {
    const all = ids(await rowsOf(cluster.source, wide));
    for (const { cursor, before } of await stops(97)) {
      const fields = JSON.parse(cursor) as { p: string };
      const at = Math.floor(fields.p.length / 2);
      const flipped = (Number.parseInt(fields.p[at]!, 16) ^ 1).toString(16);
      const damaged = JSON.stringify({
        ...fields,
        p: fields.p.slice(0, at) + flipped + fields.p.slice(at + 1),
      });
      const rest = ids(await rowsOf(cluster.source, wide, { cursor: damaged }));
      expect(new Set([...ids(before), ...rest]).size).toBe(all.length);
      expect(all.slice(-rest.length)).toEqual(rest);
      expect((all.length - rest.length) % ROWS).toBe(0);
    }
  });

  test("under a cursor of other bounds start from the beginning of theirs", async () => {
    const [stop] = await stops(100);
    const rows = await rowsOf(cluster.source, wide);
    const middle = rows[ROWS * 2]!.token;
    const upper = { after: middle, upTo: MAX_TOKEN };
    expect(await rowsOf(cluster.source, wide, { range: upper, cursor: stop!.cursor })).toHaveLength(
      rows.filter((row) => row.token > middle).length,
    );
  });
});

test("a cursor goes on in another process", async () => {
  const [stop] = await stops(100);
  const program = `
    import { createCellSource, openCluster } from "@cassandra-rekey/cassandra";
    const [settings, table, cursor] = JSON.parse(process.env.SCAN);
    const range = { after: -(2n ** 63n), upTo: 2n ** 63n - 1n };
    const tools = { clock: { monotonicMs: () => performance.now() }, logger: { warn() {}, info() {} } };
    const session = await openCluster(settings, tools);
    const source = createCellSource(session);
    let next = cursor;
    let rows = 0;
    do {
      const request = { table, range, cursor: next, maxRows: 11, consistency: "LOCAL_QUORUM" };
      const page = await source.page(request, new AbortController().signal);
      rows += page.rows.length;
      next = page.next;
    } while (next !== undefined);
    console.log(rows);
    await session.client.shutdown();
  `;
  const { client, localDc } = cluster.session;
  const settings = {
    contactPoints: client.hosts.values().map((host) => host.address),
    port: 9042,
    localDc,
    requestTimeoutMs: 20_000,
  };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    cwd: import.meta.dirname,
    env: { ...process.env, SCAN: JSON.stringify([settings, wide, stop!.cursor]) },
  });
  expect(Number(stdout)).toBe(PARTITIONS * ROWS - stop!.before.length);
});

describe("tokens", () => {
  test("at the ends of the ring, and on the bounds of chunks, are in exactly one range", async () => {
    const table = await cluster.table("tokens", "(k blob PRIMARY KEY, v text)");
    const tokens = [MIN_TOKEN + 1n, -5n, -1n, 0n, 1n, 5n, MAX_TOKEN - 1n, MAX_TOKEN];
    for (const token of tokens) {
      await cluster.run("INSERT INTO ks.tokens (k, v) VALUES (?, 'x')", [keyOfToken(token)]);
    }
    // Murmur3 also makes Long.MIN, which the server takes for Long.MAX.
    await cluster.run("INSERT INTO ks.tokens (k, v) VALUES (?, 'x')", [keyOfToken(MIN_TOKEN)]);

    const read = async (after: bigint, upTo: bigint) =>
      (await rowsOf(cluster.source, table, { range: { after, upTo }, maxRows: 2 })).map((row) => row.token);
    expect(await read(MIN_TOKEN, MAX_TOKEN)).toEqual([...tokens, MAX_TOKEN]);
    expect(await read(MIN_TOKEN, -5n)).toEqual([MIN_TOKEN + 1n, -5n]);
    expect(await read(-5n, 0n)).toEqual([-1n, 0n]);
    expect(await read(0n, 5n)).toEqual([1n, 5n]);
    expect(await read(5n, MAX_TOKEN)).toEqual([MAX_TOKEN - 1n, MAX_TOKEN, MAX_TOKEN]);
    expect(await read(MAX_TOKEN - 1n, MAX_TOKEN)).toEqual([MAX_TOKEN, MAX_TOKEN]);
  });

  test("that two partitions share are read for both, also with a page ending between them", async () => {
    const table = await cluster.table("twins", "(k blob, c int, v text, PRIMARY KEY (k, c))");
    for (const other of [0n, 1n]) {
      for (const c of [1, 2, 3]) {
        await cluster.run("INSERT INTO ks.twins (k, c, v) VALUES (?, ?, 'x')", [keyOfToken(42n, other), c]);
      }
    }
    const all = ids(await rowsOf(cluster.source, table));
    expect(all).toHaveLength(6);
    for (const maxRows of [1, 2, 3, 4]) {
      for await (const page of pagesOf(cluster.source, table, { maxRows })) {
        if (page.next === undefined) continue;
        const { p: _, ...withoutPagingState } = JSON.parse(page.next);
        const again = await rowsOf(cluster.source, table, { cursor: JSON.stringify(withoutPagingState) });
        expect(ids(again)).toEqual(all);
      }
    }
    expect(ids(await rowsOf(cluster.source, table, { range: WHOLE_RING, maxRows: 1 }))).toEqual(all);
  });
});
