import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRekeyError } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPluginIndex } from "../../src/plugins/plugin-index.ts";
import type { PluginRoot } from "../../src/plugins/plugin-package.ts";
import { PluginProject } from "./plugin-project.ts";

const metadata = (parts: object) => ({ apiVersion: 1, entry: "./index.js", ...parts });

describe("the index of plugins", () => {
  let project: PluginProject;
  let next = 0;
  /** A package of a fresh name, so that no test meets another's. */
  const add = (plugin: unknown, name = `plugin-${next++}`, version = "1.0.0") =>
    project.add({ name, version, plugin });
  const refusal = (...roots: readonly PluginRoot[]) => {
    try {
      buildPluginIndex(roots);
    } catch (error) {
      if (isRekeyError(error)) return `${error.code} ${error.message}\n${error.problems.join("\n")}`;
      throw error;
    }
    return "none";
  };

  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("tells which package has which part, and imports nothing", async () => {
    const vault = await project.add({
      name: "@acme/vault",
      plugin: metadata({ providers: ["vault", "vault-transit"], hooks: ["vault-audit"] }),
      files: { "index.js": "throw new Error('imported');" },
    });
    const index = buildPluginIndex([await add(undefined), vault]);
    expect(index.names("providers")).toEqual(["vault", "vault-transit"]);
    expect(index.find("hooks", "vault-audit")).toMatchObject({ name: "@acme/vault", version: "1.0.0" });
    expect(index.find("throttles", "vault")).toBeUndefined();
    expect(index.notes).toEqual([]);
  });

  it("does not need the entry to be there", async () => {
    expect(buildPluginIndex([await add(metadata({ throttles: ["calm"] }))]).names("throttles")).toEqual([
      "calm",
    ]);
  });

  it("is refused when two packages have a part of the same name, with both named", async () => {
    const [one, two] = [
      await add(metadata({ providers: ["vault"], hooks: ["both"] }), "@acme/one", "1.2.3"),
      await add(metadata({ providers: ["vault"], hooks: ["both"] }), "@other/two", "4.5.6"),
    ];
    const text = refusal(one, { ...two, origin: "plugins install" });
    expect(text).toContain("PLUGIN.DUPLICATE 2 problems with plugin packages");
    expect(text).toContain(
      'The provider "vault" is provided by two packages: @acme/one 1.2.3 (from test) and @other/two 4.5.6 (from plugins install)',
    );
    expect(text).toContain('The hook "both" is provided by two packages');
    const other = await add(metadata({ throttles: ["vault"] }));
    expect(refusal(one, other)).toBe("none");
  });

  it("takes a name that a package says twice for one", async () => {
    const twice = await add(metadata({ providers: ["echo", "echo"] }), "echo");
    expect(buildPluginIndex([twice]).names("providers")).toEqual(["echo"]);
  });

  it("takes the first of two copies of a package, and notes the other", async () => {
    const first = await add(metadata({ providers: ["copied"] }), "copied", "1.0.0");
    const second = join(project.folder, "elsewhere/package.json");
    await project.write(
      "elsewhere/package.json",
      JSON.stringify({
        name: "copied",
        version: "2.0.0",
        "cassandra-rekey": metadata({ providers: ["copied"] }),
      }),
    );
    const index = buildPluginIndex([first, { packageJson: second, origin: "other" }]);
    expect(index.find("providers", "copied")?.version).toBe("1.0.0");
    expect(index.notes).toEqual([
      expect.stringMatching(/^copied 2\.0\.0 \(.*elsewhere, from other\) is passed over/),
    ]);
  });

  it("knows one package by two ways, also through a link", async () => {
    const root = await add(metadata({ providers: ["linked"] }), "linked");
    await symlink(project.path("node_modules/linked"), project.path("link"));
    const index = buildPluginIndex([
      root,
      { packageJson: project.path("link/package.json"), origin: "link" },
      root,
    ]);
    expect([index.packages.length, index.notes.length]).toEqual([1, 0]);
  });

  it.each([
    [
      2,
      /speaks version 2 of the plugin contract, and this cassandra-rekey speaks 1: upgrade cassandra-rekey, or install an older/,
    ],
    [99, /upgrade cassandra-rekey/],
  ])("says which side of another contract version is to be upgraded: %d", async (apiVersion, expected) => {
    const text = refusal(await add({ ...metadata({ providers: ["later"] }), apiVersion }));
    expect(text).toMatch(/^PLUGIN\.API_VERSION /);
    expect(text).toMatch(expected);
  });

  it.each([
    [5, '"cassandra-rekey" must be an object'],
    [{ entry: "./x.js", providers: ["a"] }, '"cassandra-rekey".apiVersion must be a whole number'],
    [{ apiVersion: 0, entry: "./x.js", providers: ["a"] }, '"cassandra-rekey".apiVersion must be 1 or more'],
    [{ apiVersion: 1, providers: ["a"] }, '"cassandra-rekey".entry must be the file name'],
    [metadata({ entry: "dist/x.js", providers: ["a"] }), '"cassandra-rekey".entry must begin with "./"'],
    [metadata({ entry: "./../x.js", providers: ["a"] }), "has an entry outside its own folder: ./../x.js"],
    [metadata({ entry: "./a/../../x.js", providers: ["a"] }), "has an entry outside its own folder"],
    [metadata({ providers: "a" }), '"cassandra-rekey".providers must be a list of names'],
    [metadata({ providers: ["A b"] }), '"cassandra-rekey".providers.0 names must be lower case'],
    [metadata({}), "names no providers, stateStores, throttles, hooks"],
    [metadata({ provider: ["a"] }), "(is providers meant?)"],
  ])("is refused for metadata that cannot be used: %j", async (plugin, expected) => {
    const text = refusal(await add(plugin));
    expect(text).toMatch(/^PLUGIN\.INVALID /);
    expect(text).toContain(expected);
    expect(text).toContain("(from test)");
  });

  it("lets an entry stand in a folder whose name begins with dots", async () => {
    const index = buildPluginIndex([await add(metadata({ entry: "./..dots/x.js", providers: ["dotted"] }))]);
    expect(index.find("providers", "dotted")?.entry).toMatch(/\.\.dots\/x\.js$/);
  });

  it("is refused for package files that cannot be read, all at once", async () => {
    const broken = await add(undefined, "broken");
    await writeFile(broken.packageJson, "{ not json");
    const nameless = await project.write(
      "nameless/package.json",
      JSON.stringify({ "cassandra-rekey": metadata({ hooks: ["a"] }) }),
    );
    const text = refusal(
      broken,
      { packageJson: nameless, origin: "x" },
      { packageJson: project.path("none/package.json"), origin: "y" },
    );
    expect(text).toContain("3 problems with plugin packages");
    for (const part of ["is not JSON", "has no name or no version", "does not exist"])
      expect(text).toContain(part);
  });

  it("notes keys that it does not know, which a later version may", async () => {
    const root = await add(metadata({ providers: ["extended"], hook: ["a"] }));
    expect(buildPluginIndex([root]).notes).toEqual([expect.stringContaining("hook (is hooks meant?)")]);
  });
});
