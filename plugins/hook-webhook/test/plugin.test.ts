import { readFileSync } from "node:fs";
import { API_VERSION, isPlugin } from "@cassandra-rekey/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { optionsOf, optionTable } from "../../../test/option-table.ts";
import plugin, { webhookOptions } from "../src/index.ts";
import { openHook } from "./receiver.ts";

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

const url = { env: "URL" };
test.each([
  {},
  { url: "https://hooks.example/T0/secret" },
  { url, template: "teams" },
  { url, events: [] },
  { url, events: ["rows"] },
  { url, signing_key: "the key" },
  { url, attempts: 0 },
  { url, timeout_seconds: 0 },
  { url, timeout_seconds: 61 },
  { url, retries: 3 },
])("%j is refused", (options) => {
  expect(webhookOptions.safeParse(options).success).toBe(false);
});

test.each(["hooks.example", "file:///etc/passwd", ""])(
  "a URL such as %j is refused, and not shown",
  async (text) => {
    await expect(openHook(text)).rejects.toMatchObject({
      code: "CONFIG.SECRET_MALFORMED",
      message: "the URL of the webhook hook is not an http or https URL",
    });
  },
);

test("the README's table has every option and its default, and no other", () => {
  const table = optionTable(new URL("../README.md", import.meta.url));
  expect(table).toEqual(optionsOf(z.toJSONSchema(webhookOptions, { io: "input" })));
});
