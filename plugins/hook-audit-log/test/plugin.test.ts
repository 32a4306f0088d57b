import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { optionsOf, optionTable } from "../../../test/option-table.ts";
import plugin, { auditLogOptions } from "../src/index.ts";

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

test("no option is needed", () => {
  expect(auditLogOptions.parse({})).toEqual({ path: "cassandra-rekey.audit.jsonl", detail: "chunk" });
});

test.each([
  { path: "" },
  { detail: "rows" },
  { key: "the key itself" },
  { key: {} },
  { key: { env: "rL7v+q0=" } },
  { pth: "a" },
])("%j is refused", (options) => {
  expect(auditLogOptions.safeParse(options).success).toBe(false);
});

test("the README's table has every option and its default, and no other", () => {
  const table = optionTable(new URL("../README.md", import.meta.url));
  expect(table).toEqual(optionsOf(z.toJSONSchema(auditLogOptions, { io: "input" })));
});
