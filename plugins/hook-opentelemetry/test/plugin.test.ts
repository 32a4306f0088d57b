import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { optionsOf, optionTable } from "../../../test/option-table.ts";
import plugin, { opentelemetryOptions } from "../src/index.ts";

test("it is a plugin, and its package says what it provides", () => {
  const packageFile = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(isPlugin(plugin)).toBe(true);
  expect(packageFile["cassandra-rekey"]).toEqual({
    apiVersion: API_VERSION,
    entry: "./dist/index.js",
    hooks: Object.keys(plugin.hooks!),
  });
  expect(packageFile.oclif).toEqual({});
});

test.each([{ traces: "yes" }, { spans: true }])("%j is refused", (options) => {
  expect(opentelemetryOptions.safeParse(options).success).toBe(false);
});

test("the README's table has every option and its default, and no other", () => {
  const table = optionTable(new URL("../README.md", import.meta.url));
  expect(table).toEqual(optionsOf(z.toJSONSchema(opentelemetryOptions, { io: "input" })));
});
