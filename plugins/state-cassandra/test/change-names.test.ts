import { expect, it } from "vitest";
import { type ChangeNames, hasChange, withChange } from "../src/change-names.ts";

it("a row knows its last twenty changes by name, and no others", () => {
  expect(hasChange(null, "c0")).toBe(false);
  let names: ChangeNames = null;
  for (let n = 1; n <= 25; n += 1) names = withChange(names, `c${n}`);
  const known = Array.from({ length: 26 }, (_, n) => `c${n}`).filter((name) => hasChange(names, name));
  expect(known).toEqual(Array.from({ length: 20 }, (_, n) => `c${n + 6}`));
});
