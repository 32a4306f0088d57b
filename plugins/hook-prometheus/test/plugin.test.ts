import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { optionsOf, optionTable } from "../../../test/option-table.ts";
import plugin, { prometheusOptions } from "../src/index.ts";

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

test.each([
  { host: "" },
  { port: -1 },
  { port: 65_536 },
  { ports: 0 },
  { path: "metrics" },
  { push_url: "gateway" },
  { push_url: "ftp://gateway" },
  { push_url: "http://me:secret@gateway" },
  { push_interval_seconds: 0 },
  { push_authorization: "Bearer secret" },
  { listen: false },
  { adress: "0.0.0.0" },
])("%j is refused", (options) => {
  expect(prometheusOptions.safeParse(options).success).toBe(false);
});

test("the README's table has every option and its default, and no other", () => {
  const table = optionTable(new URL("../README.md", import.meta.url));
  expect(table).toEqual(optionsOf(z.toJSONSchema(prometheusOptions, { io: "input" })));
});
