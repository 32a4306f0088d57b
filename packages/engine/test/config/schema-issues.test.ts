import { expect, it } from "vitest";
import { z } from "zod";
import { explainIssues } from "../../src/config/schema-issues.ts";

const ref = z.union([z.strictObject({ env: z.string() }), z.strictObject({ file: z.string() })]);
const schema = z.strictObject({ key: ref });

function told(value: unknown): readonly string[] {
  const { error } = schema.safeParse(value);
  return explainIssues(error?.issues ?? [], value, () => ["key"]).map(
    ({ path, what }) => `${path.join(".")}: ${what}`,
  );
}

it("what may be one of several and is not there at all is missing", () => {
  expect(told({})).toEqual(["key: is missing"]);
  expect(told({ kye: { env: "K" } })).toEqual([
    'key: is missing (is "kye" meant to be it?)',
    'kye: is not a known setting (did you mean "key"?)',
  ]);
  expect(told({ key: 5 })).toEqual(["key: must be a group of settings, not a number"]);
  expect(told({ key: { env: "K" } })).toEqual([]);
});
