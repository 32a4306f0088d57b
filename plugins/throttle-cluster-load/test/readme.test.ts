import { expect, test } from "vitest";
import { z } from "zod";
import { optionsOf, optionTable } from "../../../test/option-table.ts";
import { loadOptions } from "../src/load-options.ts";

test("the README's table has every option and its default, and no other", () => {
  const table = optionTable(new URL("../README.md", import.meta.url));
  expect(table).toEqual(optionsOf(z.toJSONSchema(loadOptions, { io: "input" })));
});
