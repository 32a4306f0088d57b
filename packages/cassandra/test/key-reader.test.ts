import { expect, it } from "vitest";
import { openKeyReader } from "../src/key-reader.ts";
import { GO_ON, LEVEL, useReal, WHOLE_RING } from "./real-cluster.ts";

const cluster = useReal();

it("shows key columns of every kind as CQL would, by the live schema", async () => {
  await cluster.run("CREATE TYPE ks.place (city text, zip int)");
  const table = await cluster.table(
    "Keys",
    `(a text, b uuid, "C" blob, d timestamp, e inet, f bigint, g decimal, h date, i boolean,
      j frozen<list<int>>, k frozen<map<text, int>>, l tuple<int, text>, m frozen<place>, v blob,
      PRIMARY KEY ((a, b), "C", d, e, f, g, h, i, j, k, l, m))`,
  );
  await cluster.run(
    `INSERT INTO ks."Keys" (a, b, "C", d, e, f, g, h, i, j, k, l, m, v) VALUES ('Zoë', 0b4f2f6e-6f7a-4a52-9d6f-0f6a5d1f3c11,
      0xcafe, '2026-11-24 12:53:11.250Z', '10.0.0.1', -9007199254740993, 1.50, '2026-11-24', true, [1, 2],
      {'x': 7}, (3, null), {city: 'Ulm', zip: 89073}, 0x01)`,
  );
  const { rows } = await cluster.source.page(
    { table, range: WHOLE_RING, cursor: undefined, maxRows: 10, consistency: LEVEL },
    GO_ON,
  );
  const readKey = await openKeyReader(cluster.session, table);
  expect(readKey(rows[0]!.key).map(({ column, text }) => `${column}=${text}`)).toEqual([
    "a=Zoë",
    "b=0b4f2f6e-6f7a-4a52-9d6f-0f6a5d1f3c11",
    "C=0xcafe",
    "d=2026-11-24T12:53:11.250Z",
    "e=10.0.0.1",
    "f=-9007199254740993",
    "g=1.50",
    "h=2026-11-24",
    "i=true",
    "j=[1, 2]",
    "k={x: 7}",
    "l=(3, null)",
    "m={city: Ulm, zip: 89073}",
  ]);
});

it("shows bytes that are not of the column's type, or of a table that is gone, as they are", async () => {
  const table = await cluster.table("plain", "(id uuid PRIMARY KEY, v blob)");
  const readKey = await openKeyReader(cluster.session, table);
  expect(readKey([Buffer.from("abcd", "hex")])).toEqual([{ column: "id", text: "0xabcd" }]);
  const gone = { keyspace: cluster.keyspace, name: "gone", partitionKey: [], clusteringKey: [] };
  const readGone = await openKeyReader(cluster.session, gone);
  expect(readGone([Buffer.from("ab", "hex")])).toEqual([{ column: "#1", text: "0xab" }]);
});
