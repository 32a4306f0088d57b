import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MUTATIONS } from "../../scripts/mutation-list.ts";

const ROOT = join(import.meta.dirname, "../..");

test.each(MUTATIONS)(
  "the code still has what is broken on purpose: $name",
  ({ file, find, caughtBy, orBy }) => {
    expect(readFileSync(join(ROOT, file), "utf8").split(find)).toHaveLength(2);
    for (const named of [caughtBy, orBy]) if (named) expect(existsSync(join(ROOT, named.file))).toBe(true);
  },
);

test("each break has a name of its own", () => {
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
});
