import { describe, expect, it } from "vitest";
import { partExample } from "../../src/plugins/part-example.ts";

const object = (properties: object, more: object = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  ...more,
});

describe("the example of a part", () => {
  it.each([
    ["providers", { keys: { target: { provider: "mine", version: "v2" } } }],
    ["stateStores", { state: { type: "mine" } }],
    ["throttles", { throttles: [{ type: "mine" }] }],
    ["hooks", { hooks: [{ type: "mine" }] }],
  ] as const)("stands where a configuration has its kind: %s", (kind, expected) => {
    expect(partExample(kind, "mine", object({}))).toEqual(expected);
  });

  it.each([
    [{ type: "string", examples: ["alias/app"] }, "alias/app"],
    [{ type: "number", default: 7 }, 7],
    [{ const: "fixed" }, "fixed"],
    [{ enum: ["first", "second"] }, "first"],
    [{ type: "integer", minimum: 3 }, 3],
    [{ type: "number", exclusiveMinimum: 0 }, 1],
    [{ type: "number" }, 1],
    [{ type: "boolean" }, true],
    [{ type: "string", format: "uri" }, "https://service.internal"],
    [{ type: "string" }, "…"],
    [{ type: "array", items: { type: "boolean" } }, [true]],
    [
      { anyOf: [object({ env: { type: "string" } }), object({ file: { type: "string" } })] },
      { env: "REKEY_SECRET" },
    ],
    [object({ ca_file: { type: "string" }, any: true }), { ca_file: "/run/secrets/rekey", any: "…" }],
  ])("gives an option of schema %j a value", (schema, expected) => {
    expect(partExample("hooks", "mine", object({ it: schema }))).toEqual({
      hooks: [{ type: "mine", it: expected }],
    });
  });

  it("has only what is needed, unless the schema has an example of its own", () => {
    const properties = { needed: { type: "boolean" }, other: { type: "boolean" } };
    const schema = { type: "object", properties, required: ["needed"] };
    expect(partExample("hooks", "mine", schema)).toEqual({ hooks: [{ type: "mine", needed: true }] });
    expect(partExample("hooks", "mine", { ...schema, examples: [{ other: false }] })).toEqual({
      hooks: [{ type: "mine", other: false }],
    });
  });
});
