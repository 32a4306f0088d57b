import { describe, expect, it } from "vitest";
import { allowedPluginsOf } from "../../src/config/load-config.ts";

describe("the plugins that a file allows, whatever else is wrong with it", () => {
  const allowed = (text: string) => allowedPluginsOf("c.yaml", { read: async () => Buffer.from(text) });

  it.each([
    ["plugins: { allow: ['@acme/*', a] }\ntables: nonsense", ["@acme/*", "a"]],
    ["plugins: { allow: [] }", []],
    // What is not a list allows nothing, rather than everything.
    ["plugins: { allow: all }", []],
    ["plugins: { allow: [{ a: 1 }, b] }", ["b"]],
    ["plugins: {}", undefined],
    ["", undefined],
    ["- plugins", undefined],
  ])("%j: %j", async (text, expected) => {
    expect(await allowed(text)).toEqual(expected);
  });

  it("are not restricted by a file that is not there, and not told by one that cannot be read", async () => {
    const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
    expect(await allowedPluginsOf("c.yaml", { read: failing("ENOENT") })).toBeUndefined();
    await expect(allowedPluginsOf("c.yaml", { read: failing("EACCES") })).rejects.toThrow("may not be read");
    await expect(allowed("plugins: [")).rejects.toMatchObject({ code: "CONFIG.UNREADABLE" });
  });
});
