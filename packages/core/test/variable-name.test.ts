import { expect, test } from "vitest";
import { VARIABLE_NAME } from "../src/variable-name.ts";

test.each(["KEY", "_", "old_key_2", "Z9"])("%j may name an environment variable", (name) => {
  expect(VARIABLE_NAME.test(name)).toBe(true);
});

test.each(["", "2ND_KEY", "MY-KEY", "A KEY", "KEY\n", "KEY=", "SCHLÜSSEL", "h0tB7_kQ2g-c="])(
  "%j may be anything, and is not looked up",
  (text) => {
    expect(VARIABLE_NAME.test(text)).toBe(false);
  },
);
