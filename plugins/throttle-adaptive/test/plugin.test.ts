import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import plugin from "../src/index.ts";

test("it is a plugin, and its package says what it provides", () => {
  const packageFile = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(isPlugin(plugin)).toBe(true);
  expect(packageFile["cassandra-rekey"]).toEqual({
    apiVersion: API_VERSION,
    entry: "./dist/index.js",
    throttles: Object.keys(plugin.throttles!),
  });
  expect(packageFile.oclif).toEqual({});
});

test("the README tells of every option", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [part] = Object.values(plugin.throttles!);
  const schema = JSON.stringify(part!.options["~standard"].jsonSchema.input({ target: "draft-2020-12" }));
  const { properties } = JSON.parse(schema) as { properties: object };
  for (const option of Object.keys(properties)) expect(readme).toContain(`| \`${option}\``);
});
