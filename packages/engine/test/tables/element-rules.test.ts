import type { CellColumn } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { elementProblem, trusted } from "../../src/tables/element-rules.ts";

const column = (part?: CellColumn["part"], untimed = false): CellColumn => {
  return { name: "v", type: "text", form: "text", ...(part && { part }), ...(untimed && { untimed }) };
};
const LWT = { writeMode: "lwt" } as const;
const STOPPED = { ...LWT, writersStopped: true } as const;
const NEVER = { elementsNeverExpire: true } as const;
const problem = (of: CellColumn, declared: Parameters<typeof elementProblem>[1], defaultTimeToLive = 0) =>
  elementProblem(of, declared, { defaultTimeToLive })?.problem;

describe("what is safe to rewrite of what is not frozen", () => {
  it("is, with a fence, all that has a writetime and a place of its own", () => {
    for (const part of [undefined, { field: "f" }, "map-values"] as const)
      expect(problem(column(part), { writeMode: "fenced" })).toBeUndefined();
  });

  it("is an element of a list by lightweight transaction alone", () => {
    expect(problem(column("list-elements"), { writeMode: "fenced", ...NEVER })).toMatch(/by its position/);
    expect(problem(column("list-elements"), LWT)).toBeUndefined();
  });

  it("is an element of a set while nobody writes", () => {
    expect(problem(column("set-elements"), LWT)).toMatch(/found by its ciphertext/);
    expect(problem(column("set-elements"), { writeMode: "fenced", writersStopped: true })).toBeDefined();
    expect(problem(column("set-elements"), STOPPED)).toBeUndefined();
  });

  it.each([{ field: "f" }, "map-values", "list-elements"] as const)(
    "is, before Cassandra 5.0, what never expires and is written by lightweight transaction: %j",
    (part) => {
      const old = column(part, true);
      expect(problem(old, { writeMode: "fenced", ...NEVER })).toBeDefined();
      expect(problem(old, LWT)).toMatch(/when they expire/);
      expect(problem(old, { ...LWT, ...NEVER })).toBeUndefined();
      expect(problem(old, { ...STOPPED, ...NEVER })).toBeUndefined();
      expect(problem(old, { ...LWT, ...NEVER }, 60)).toMatch(/default_time_to_live/);
      expect(trusted(old)).toMatch(/elements_never_expire/);
    },
  );

  it("is never a set before Cassandra 5.0, of which a part could be dated in the future", () => {
    expect(problem(column("set-elements", true), { ...STOPPED, ...NEVER })).toMatch(/dated in the future/);
  });

  it("rests on nobody's word where it can be asked", () =>
    expect(trusted(column("list-elements"))).toBeUndefined());
});
