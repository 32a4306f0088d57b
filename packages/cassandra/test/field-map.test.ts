import { describe, expect, it } from "vitest";
import { FieldMap } from "../src/field-map.ts";

describe("the map that CQL maps are decoded to", () => {
  it("keeps any key in order, as a Map does", () => {
    const map = new FieldMap().set(2, "b").set("1", "a").set("size", "c").set("set", "d");
    expect([...map]).toEqual([
      [2, "b"],
      ["1", "a"],
      ["size", "c"],
      ["set", "d"],
    ]);
    expect(map.size).toBe(4);
  });

  it("has its text keys as fields, which is how the driver reads a keyspace's replication", () => {
    const map = new FieldMap().set("class", "SimpleStrategy").set("replication_factor", "3");
    expect(Object.entries(map)).toEqual([
      ["class", "SimpleStrategy"],
      ["replication_factor", "3"],
    ]);
  });
});
