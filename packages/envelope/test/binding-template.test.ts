import type { CellContext } from "@cassandra-rekey/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BindingTemplate, encodeKeyContext } from "../src/index.ts";
import { CONTEXT, openKey } from "./cells.ts";

const TEMPLATES = [
  "{keyspace}.{table}.{column}",
  "{keyspace}{table}{column}",
  "{primary_key}",
  "{table}{primary_key}{column}",
  "fixed",
];

describe("associated data", () => {
  test.each(TEMPLATES)("differs wherever a bound part does, and nowhere else: %s", (text) => {
    const template = new BindingTemplate(text);
    const name = fc.string({ maxLength: 4, unit: fc.constantFrom("a", "b", ".", "\0", "ä") });
    const context = fc.record({
      keyspace: name,
      table: name,
      column: name,
      primaryKey: fc.array(fc.uint8Array({ maxLength: 3, max: 2 }), { maxLength: 3 }),
    });
    const bound = (of: CellContext) => template.binds.map((part) => of[part].toString());
    const keyParts = (of: CellContext) => of.primaryKey.map((part) => [...part]);
    fc.assert(
      fc.property(context, context, (one, other) => {
        const same = template.associatedData(one).equals(template.associatedData(other));
        const withKey = template.binds.includes("primaryKey");
        const sameParts =
          JSON.stringify(bound({ ...one, primaryKey: [] })) ===
            JSON.stringify(bound({ ...other, primaryKey: [] })) &&
          (!withKey || JSON.stringify(keyParts(one)) === JSON.stringify(keyParts(other)));
        expect(same).toBe(sameParts);
      }),
      { numRuns: 500 },
    );
  });

  test("says what it binds", () => {
    expect(new BindingTemplate("{keyspace}.{table}.{column}")).toMatchObject({
      binds: ["keyspace", "table", "column"],
      isSamePerColumn: true,
    });
    expect(new BindingTemplate("{primary_key}")).toMatchObject({
      binds: ["primaryKey"],
      isSamePerColumn: false,
    });
  });
});

test("a template becomes text for key services", () => {
  expect(new BindingTemplate("app/{keyspace}.{table}.{column}").resolve(CONTEXT)).toBe(
    "app/shop.customer.email",
  );
});

test.each(["{row}", "{}", "{table", "table}", "{{table}}", "{Table}"])("%s is refused", (text) => {
  expect(() => new BindingTemplate(text)).toThrow(
    expect.objectContaining({ code: "CONFIG.INVALID", message: expect.stringContaining(text) }),
  );
});

test("a key context may not hold the primary key: each row would cost a call", () => {
  expect(() => openKey({ keyContext: { row: "{primary_key}" } })).toThrow(
    expect.objectContaining({ code: "CONFIG.INVALID", message: expect.stringContaining('"row"') }),
  );
});

test("a key context has one encoding whatever the order of its names", () => {
  const encoded = Buffer.from(
    "00000001" + "61" + "00000002" + "3132" + "00000001" + "62" + "00000000",
    "hex",
  );
  expect(encodeKeyContext({ b: "", a: "12" })).toEqual(encoded);
  expect(encodeKeyContext({ a: "12", b: "" })).toEqual(encoded);
  expect(encodeKeyContext({})).toHaveLength(0);
});
