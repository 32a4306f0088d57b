import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { configJsonSchema, type PartSchema } from "../../src/config/json-schema.ts";
import { REFERENCE, SMALLEST } from "./load.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
const FILE = "docs/reference/configuration.schema.json";
const committed = JSON.parse(readFileSync(`${ROOT}${FILE}`, "utf8"));
// Strict mode wants `type` beside every `properties`, which `if` has no use for.
const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
const fits = validate.compile(committed);
const accepts = (text: string) => fits(parse(text));

describe("the committed JSON Schema of the configuration", () => {
  it("is JSON Schema, draft 2020-12", () => {
    expect(committed.$schema).toBe("https://json-schema.org/draft/2020-12/schema");
    expect(validate.validateSchema(committed)).toBe(true);
  });

  it("is what the code says", () => {
    const check = spawnSync(process.execPath, ["scripts/generate.ts", "--check"], {
      cwd: ROOT,
      encoding: "utf8",
      timeout: 110_000,
    });
    // One that did not come to its end says nothing of the file.
    expect(check.error).toBeUndefined();
    expect(check.stderr).not.toContain(FILE);
  });

  it("accepts the sample of the Python tool, and the smallest configuration", () => {
    expect(accepts(REFERENCE), JSON.stringify(fits.errors)).toBe(true);
    expect(accepts(SMALLEST), JSON.stringify(fits.errors)).toBe(true);
  });

  const KEYS = SMALLEST.replace(
    "provider: { old_key_env: OLD, new_key_env: NEW }",
    `keys:
  target: { provider: fernet, version: v2, key: { env: NEW } }
  previous: [{ provider: fernet, version: v1, key: { file: old } }]`,
  );
  it.each([
    KEYS,
    `${SMALLEST}state: { keyspace: jobs, replication: { dc1: 3 } }\n`,
    `${SMALLEST}state: { type: file, path: x.db }\n`,
    `${SMALLEST}throttles: [{ type: latency, threshold_ms: 20 }, { type: of-someone-else, anything: 1 }]\n`,
    KEYS.replace("provider: fernet, version: v2", "module: ./a.js, provider: fernet, version: v2, any: 1"),
    KEYS.replace("{ provider: fernet, version: v2, key: { env: NEW } }", "{ provider: plaintext }"),
    `${SMALLEST}    keyring: cards\nkeyrings: { cards: { target: { provider: fernet, version: v2, key: { env: C } } } }\n`,
  ])("accepts what the loader accepts: %#", (text) => {
    expect(accepts(text), JSON.stringify(fits.errors)).toBe(true);
  });

  it.each([
    ["contact_points", "contact_point"],
    ["tables:", "table:"],
    ["encrypted_columns", "encrypted_colums"],
    ["old_key_env", "old_key"],
    ["provider: {", "keys: {}\nprovider: {"],
  ])("rejects %j as %j", (right, wrong) => {
    expect(accepts(SMALLEST.replace(right, wrong))).toBe(false);
  });

  it.each([
    ["provider: fernet, version: v2", "provder: fernet, version: v2"],
    ["provider: fernet, version: v2", "provider: fernet, verson: v2"],
    ["key: { env: NEW }", "keey: { env: NEW }"],
    [
      "tables:",
      "keyrings: { cards: { target: { provider: fernet, version: c, key: { evn: C } } } }\ntables:",
    ],
    [
      "tables:",
      "keyrings: { Cards: { target: { provider: fernet, version: c, key: { env: C } } } }\ntables:",
    ],
    ["key: { env: NEW }", "key: { env: NEW }, more: 1"],
    ["key: { env: NEW }", "key: { evn: NEW }"],
    ["tables:", "state: { type: file, pth: x }\ntables:"],
    ["tables:", "state: { keyspaces: x }\ntables:"],
    ["tables:", "throttles: [{ type: latency, treshold_ms: 3 }]\ntables:"],
  ])("rejects an option that its plugin does not know: %j as %j", (right, wrong) => {
    expect(accepts(KEYS.replace(right, wrong))).toBe(false);
  });
});

describe("the JSON Schema with plugins of others", () => {
  const nested = z.strictObject({ name: z.string() }).meta({ id: "Nested" });
  const hook = z.strictObject({ first: nested, second: nested });
  const schema = configJsonSchema([
    { kind: "hooks", name: "one", options: hook },
    { kind: "hooks", name: "two", options: z.strictObject({ first: nested, second: nested, third: nested }) },
  ]);

  it("has their definitions under names of their own", () => {
    expect(Object.keys(schema.$defs as object).sort()).toEqual(["hooks.one.Nested", "hooks.two.Nested"]);
    const check = new Ajv2020({ strict: false }).compile(schema);
    const config = (hooks: readonly object[]) => ({ ...parse(SMALLEST), hooks });
    const part = { name: "x" };
    expect(check(config([{ type: "one", critical: true, first: part, second: part }]))).toBe(true);
    expect(check(config([{ type: "one", first: part, second: { nam: "x" } }]))).toBe(false);
    expect(check(config([{ type: "one", first: part, second: part, third: part }]))).toBe(false);
    expect(check(config([{ type: "two", first: part, second: part, third: part }]))).toBe(true);
  });
});

describe("a part that cannot describe its options", () => {
  it("is named", () => {
    const validate = () => ({ value: {} });
    const options = {
      "~standard": { version: 1, vendor: "test", validate } as unknown as PartSchema["options"]["~standard"],
    };
    expect(() => configJsonSchema([{ kind: "throttles", name: "mute", options }])).toThrow(
      'the schema cannot be made: the throttle "mute" gives no JSON Schema of its options',
    );
  });
});
