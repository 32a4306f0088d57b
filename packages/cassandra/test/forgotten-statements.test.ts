import { expect, test } from "vitest";
import { GO_ON, LEVEL, rowsOf, useReal } from "./real-cluster.ts";

const cluster = useReal();
const forgotten = {
  code: "CLUSTER.UNAVAILABLE",
  retryable: true,
  message: expect.stringMatching(/forgotten/),
};

/** A row that expires, with what is sent to rewrite its cells. */
async function expiring(name: string) {
  const table = await cluster.table(name, "(id int PRIMARY KEY, a text, b text)", ["a", "b"]);
  await cluster.run(`INSERT INTO ks.${name} (id, a, b) VALUES (1, 'a', 'b')`);
  const [row] = await rowsOf(cluster.source, table);
  const { token, key } = row!;
  const cell = (column: string, ttl: number) => ({
    column,
    value: Buffer.from("n"),
    timestamp: 2n ** 52n,
    ttl,
  });
  return { table, key, mutations: [{ token, key, cells: [cell("a", 900), cell("b", 800)] }] };
}

test("a write with a time to live is not sent again behind our back when a node has forgotten its statement", async () => {
  const { table, mutations } = await expiring("forgotten");
  const send = () => cluster.sink.send(table, mutations, LEVEL, GO_ON);
  await send();
  await cluster.run("TRUNCATE ks.forgotten");
  await cluster.run("ALTER TABLE ks.forgotten ADD c text");
  await expect(send()).rejects.toMatchObject(forgotten);
  expect(await cluster.first("SELECT a FROM ks.forgotten")).toBeUndefined();
  // Both of its statements are prepared again at once.
  await send();
  expect(await cluster.first("SELECT a, TTL(b) AS left FROM ks.forgotten")).toMatchObject({ a: "n" });
});

test("nor is a compare-and-set", async () => {
  const { table, key } = await expiring("forgotten_too");
  const set = (expected: string, value: string) => {
    const conditional = [
      { column: "b", value: Buffer.from(value), expected: Buffer.from(expected), ttl: 900 },
    ];
    return cluster.sink.compareAndSet(table, key, conditional, LEVEL, GO_ON);
  };
  expect(await set("b", "m")).toBe("applied");
  await cluster.run("ALTER TABLE ks.forgotten_too ADD c text");
  await expect(set("m", "n")).rejects.toMatchObject(forgotten);
  expect(await set("m", "n")).toBe("applied");
});

test("what has none is prepared and sent again by the driver", async () => {
  const { table } = await expiring("remembered");
  await cluster.run("ALTER TABLE ks.remembered ADD c text");
  expect(await rowsOf(cluster.source, table)).toHaveLength(1);
});
