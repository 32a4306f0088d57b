import fc from "fast-check";
import { expect, test } from "vitest";
import { fieldPath, parseLeafPath, pathText } from "../src/leaf-path.ts";

test("a path is read step by step", () => {
  expect(parseLeafPath("contacts[*].phone")).toEqual([{ field: "contacts" }, "every", { field: "phone" }]);
  expect(parseLeafPath("[*][1]")).toEqual(["every", { index: 1 }]);
  expect(parseLeafPath('"Odd "" name"[0]."with . dot"')).toEqual([
    { field: 'Odd " name' },
    { index: 0 },
    { field: "with . dot" },
  ]);
});

test.each(["", ".", "a.", ".a", "a..b", "a[", "a[]", "a[-1]", "a[x]", "a b", '"a', '""', "a]"])(
  "%j is no path",
  (path) => {
    expect(parseLeafPath(path)).toBeUndefined();
  },
);

test("a path is spelled in one way, however it was written", () => {
  expect(pathText(parseLeafPath('"contacts"[*]."phone"[1]')!)).toBe("contacts[*].phone[1]");
});

test("whatever a field is called, the path to it leads to it", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }), (names) => {
      const path = names.reduce((before, name) => fieldPath(before, { name }, 0), "");
      const steps = names.map((field) => ({ field }));
      expect(parseLeafPath(path)).toEqual(steps);
      expect(pathText(steps)).toBe(path);
    }),
  );
});
