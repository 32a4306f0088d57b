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
