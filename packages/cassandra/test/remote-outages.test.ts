import { RekeyError } from "@cassandra-rekey/core";
import { beforeEach, expect, test, vi } from "vitest";
import type { ClusterSession } from "../src/cluster-session.ts";
import { markRemoteOutages } from "../src/remote-outages.ts";
import { SchemaReader } from "../src/schema-reader.ts";
import { GO_ON } from "./real-cluster.ts";

beforeEach(() => {
  const key = { name: "id", type: "int", kind: "partition_key", position: 0 };
  vi.spyOn(SchemaReader.prototype, "table").mockResolvedValue({ columns: [key] } as never);
});

/** How a node is: `hidden` ones are down without the driver's knowing. */
type Node = readonly [dataCenter: string, state: "up" | "down" | "hidden"];

/** Marks the outages of a cluster whose ranges are held by the nodes that each names. Tells what is down then. */
async function downAfter(
  nodes: Readonly<Record<string, Node>>,
  ranges: readonly (readonly string[])[],
  error?: RekeyError,
): Promise<{ down: readonly string[]; questions: number }> {
  const down = new Set(Object.keys(nodes).filter((name) => nodes[name]![1] === "down"));
  const hosts = () =>
    Object.entries(nodes).map(([address, [dataCenter]]) => ({ address, dataCenter, up: !down.has(address) }));
  const holders = (token: bigint) => ranges[Number(token) - 1]!;
  let questions = 0;
  const session = {
    localDc: "here",
    hosts,
    client: { hosts: { get: (address: string) => ({ setDown: () => down.add(address) }) } },
    ring: {
      replicas: (_: string, token: bigint) => holders(token),
      owned: () =>
        new Map(
          Object.keys(nodes).map((name) => [
            name,
            ranges.flatMap((held, at) =>
              held.includes(name) ? [{ after: BigInt(at), upTo: BigInt(at + 1) }] : [],
            ),
          ]),
        ),
    },
    execute: async (
      _: string,
      [, upTo]: readonly [bigint, bigint],
      { consistency }: { consistency: string },
    ) => {
      expect(consistency).toBe("ALL");
      questions += 1;
      if (error) throw error;
      const held = holders(upTo);
      const alive = held.filter((name) => nodes[name]![1] === "up").length;
      if (alive === held.length) return;
      throw new RekeyError("CLUSTER.UNAVAILABLE", "", { cause: { alive, required: held.length } });
    },
  };
  await markRemoteOutages(session as unknown as ClusterSession, [{ keyspace: "ks", name: "t" }], GO_ON);
  return { down: [...down].sort(), questions };
}

test("nodes of one data centre are left to the driver, and nothing is asked", async () => {
  expect(await downAfter({ a: ["here", "hidden"] }, [["a"]])).toEqual({ down: [], questions: 0 });
});

test("a remote node that is down is found, and one that is up takes one question", async () => {
  const nodes = { a: ["here", "up"], b: ["there", "up"], c: ["there", "hidden"] } as const;
  const found = await downAfter(nodes, [
    ["a", "b"],
    ["a", "c"],
  ]);
  expect(found).toEqual({ down: ["c"], questions: 2 });
});

test("what is known to be down is not blamed on another", async () => {
  const nodes = { a: ["here", "down"], b: ["there", "up"] } as const;
  expect((await downAfter(nodes, [["a", "b"]])).down).toEqual(["a"]);
});

test("another range tells which of two it is", async () => {
  const nodes = { a: ["here", "up"], b: ["there", "up"], c: ["there", "hidden"] } as const;
  const ranges = [
    ["a", "b", "c"],
    ["a", "b"],
  ];
  expect((await downAfter(nodes, ranges)).down).toEqual(["c"]);
});

test("where nothing tells, both count as down", async () => {
  const nodes = { a: ["here", "up"], b: ["there", "up"], c: ["there", "hidden"] } as const;
  expect((await downAfter(nodes, [["a", "b", "c"]])).down).toEqual(["b", "c"]);
});

test("a node of which the role may not ask, or that holds nothing, stays as it is", async () => {
  const refused = new RekeyError("CLUSTER.UNAUTHORIZED", "no SELECT");
  const many = Array.from({ length: 9 }, () => ["b"]);
  expect(await downAfter({ b: ["there", "hidden"] }, many, refused)).toEqual({ down: [], questions: 3 });
  expect(await downAfter({ a: ["here", "up"], b: ["there", "hidden"] }, [["a"]])).toEqual({
    down: [],
    questions: 0,
  });
});
