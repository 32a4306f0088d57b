import { expect, it } from "vitest";
import { Census } from "../../src/page/census.ts";

it("counts cells by column and key version, with the newest writetime of each", () => {
  const census = new Census();
  census.add("email", "old", 5n);
  census.add("email", "old", 9n);
  census.add("email", "old", 7n);
  census.add("email", "new", 1n);
  census.add("phone", "old", 2n);
  expect(census.entries()).toEqual([
    { column: "email", keyVersion: "old", cells: 3, newestWritetime: 9n },
    { column: "email", keyVersion: "new", cells: 1, newestWritetime: 1n },
    { column: "phone", keyVersion: "old", cells: 1, newestWritetime: 2n },
  ]);
  expect(new Census().entries()).toEqual([]);
});
