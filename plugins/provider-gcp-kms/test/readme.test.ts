import { dataKeyOptions } from "@cassandra-rekey/envelope";
import { expect, it } from "vitest";
import { optionsOf, optionTable } from "../../../test/option-table.ts";
import { gcpKmsOptions } from "../src/options.ts";

it("the README names each option with its default", () => {
  const table = optionTable(new URL("../README.md", import.meta.url));
  const [own, dataKeys] = [gcpKmsOptions, dataKeyOptions].map((options) =>
    optionsOf(options["~standard"].jsonSchema.input({ target: "draft-2020-12" })),
  );
  expect(table).toEqual({ ...own, ...dataKeys });
});
