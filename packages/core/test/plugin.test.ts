import { expect, it } from "vitest";
import { API_VERSION, definePlugin, isPlugin } from "../src/plugin.ts";

it("stamps a plugin with the contract's version", () => {
  const plugin = definePlugin({ name: "vault", providers: {} });
  expect(plugin).toMatchObject({ name: "vault", providers: {}, apiVersion: API_VERSION });
  expect(isPlugin(plugin)).toBe(true);
});

it("knows a plugin of another copy of core by its brand alone", () => {
  expect(isPlugin(structuredClone(definePlugin({ name: "vault" })))).toBe(true);
  expect(isPlugin({ name: "vault", apiVersion: 1 })).toBe(false);
  expect(isPlugin({ ...definePlugin({ name: "vault" }), apiVersion: "1" })).toBe(false);
  for (const other of [undefined, null, "vault", () => {}]) expect(isPlugin(other)).toBe(false);
});
