import { expect, test } from "vitest";
import { z } from "zod";
import { optionsOf, optionTable } from "../../../test/option-table.ts";
import { healthOptions } from "../src/health-options.ts";
import { loadOptions } from "../src/load-options.ts";

const README = new URL("../README.md", import.meta.url);

test.each([
  ["", loadOptions],
  ["`cluster-health`", healthOptions],
])("the README's table %s has every option and its default, and no other", (section, options) => {
  expect(optionTable(README, section)).toEqual(optionsOf(z.toJSONSchema(options, { io: "input" })));
});
