import { describe, expect, it } from "vitest";
import { replicationCql, usualReplicas } from "../src/schema.ts";

describe("replication of a new keyspace", () => {
  it.each([
    [{ dc1: 1 }, "{'class': 'NetworkTopologyStrategy', 'dc1': 1}"],
    [{ dc1: 2 }, "{'class': 'NetworkTopologyStrategy', 'dc1': 2}"],
    [{ dc1: 60 }, "{'class': 'NetworkTopologyStrategy', 'dc1': 3}"],
    [{ "us-west": 4, "o'hare": 1 }, "{'class': 'NetworkTopologyStrategy', 'us-west': 3, 'o''hare': 1}"],
  ])("of nodes %j is %s", (nodes, cql) => {
    expect(replicationCql(usualReplicas(new Map(Object.entries(nodes))))).toBe(cql);
  });

  it("is what was asked for, also more than three", () => {
    expect(replicationCql(new Map([["dc1", 5]]))).toBe("{'class': 'NetworkTopologyStrategy', 'dc1': 5}");
  });
});
