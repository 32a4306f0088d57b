import { existsSync } from "node:fs";
import { isRekeyError } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { describeExtension, listExtensions } from "../../src/plugins/extensions.ts";
import { packagesBeside } from "../../src/plugins/neighbours.ts";
import { buildPluginIndex, type PluginIndex } from "../../src/plugins/plugin-index.ts";
import { loadPart } from "../../src/plugins/plugin-loader.ts";
import { PluginProject, providerEntry } from "./plugin-project.ts";

const DESCRIBED = `import { definePlugin } from "@cassandra-rekey/core";
import { writeFileSync } from "node:fs";
writeFileSync(process.env.REKEY_TEST_MARK, "");
const options = {
  "~standard": {
    version: 1, vendor: "test", validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: "object", properties: { url: { type: "string" } }, required: ["url"] }) },
  },
};
const part = { options, create: async () => {} };
export default definePlugin({ name: "described", providers: { vault: part }, hooks: { vault: part, bell: part } });
`;

describe("extensions", () => {
  let project: PluginProject;
  let index: PluginIndex;
  let mark: string;

  beforeAll(async () => {
    project = await PluginProject.create();
    mark = project.path("imported");
    process.env["REKEY_TEST_MARK"] = mark;
    index = buildPluginIndex([
      await project.add({
        name: "@acme/vault",
        version: "1.4.2",
        plugin: { apiVersion: 1, entry: "./index.js", providers: ["vault"], hooks: ["vault", "bell"] },
        files: { "index.js": DESCRIBED },
      }),
      await project.add({
        name: "silent",
        plugin: { apiVersion: 1, entry: "./index.js", providers: ["silent"] },
        files: { "index.js": providerEntry("silent") },
      }),
    ]);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("are listed by kind and name, with their package and who led to it, and none is imported", () => {
    const listed = listExtensions(index, ["@acme/*"]);
    expect(listed.map((found) => `${found.kind} ${found.name}`)).toEqual([
      "providers silent",
      "providers vault",
      "hooks bell",
      "hooks vault",
    ]);
    expect(listed[1]).toEqual({
      kind: "providers",
      name: "vault",
      package: "@acme/vault",
      version: "1.4.2",
      origin: "test",
      allowed: true,
    });
    expect(listed[0]?.allowed).toBe(false);
    expect(listExtensions(index)[0]?.allowed).toBe(true);
    expect(existsSync(mark)).toBe(false);
  });

  it("are described by the schema of their options, with an example that names them", async () => {
    const shown = await describeExtension(index, "bell");
    expect(shown.options).toMatchObject({ required: ["url"] });
    expect(shown.example).toEqual({ hooks: [{ type: "bell", url: "https://service.internal" }] });
    expect(parse(shown.exampleText)).toEqual(shown.example);
    expect(existsSync(mark)).toBe(true);
  });

  it("are told apart by their kind where they share a name", async () => {
    await expect(refusal(describeExtension(index, "vault"))).resolves.toBe(
      'USAGE.INVALID "vault" is the name of several extensions | Say which with --kind: provider or hook.',
    );
    const shown = await describeExtension(index, "vault", { kind: "hooks" });
    expect(shown.kind).toBe("hooks");
  });

  it.each([
    ["aws-kms", "is in @cassandra-rekey/provider-aws-kms, which is not installed"],
    ["vualt", 'No installed plugin has anything named "vualt" (did you mean "vault"?)'],
    ["prometeus", '(did you mean "prometheus" of @cassandra-rekey/hook-prometheus?)'],
  ])("are suggested for %s", async (name, expected) => {
    await expect(refusal(describeExtension(index, name))).resolves.toContain(expected);
  });

  it("are not imported against plugins.allow, and a schema that cannot describe itself is said to", async () => {
    await expect(refusal(describeExtension(index, "silent", { allowed: [] }))).resolves.toContain(
      "plugins.allow does not list",
    );
    await expect(refusal(describeExtension(index, "silent"))).resolves.toMatch(
      /^PLUGIN\.INVALID the options of silent 1\.0\.0 cannot be shown/,
    );
  });
});

describe("packages beside the program", () => {
  it("are explained where a name is asked for, and not used", async () => {
    await using project = await PluginProject.create();
    const plugin = { apiVersion: 1, entry: "./index.js" };
    await project.add({ name: "cassandra-rekey" });
    await project.add({ name: "no-plugin" });
    await project.add({ name: "in-use", plugin: { ...plugin, hooks: ["used"] } });
    await project.add({ name: "broken", plugin: { entry: 5 } });
    await project.add({
      name: "@acme/beside",
      version: "1.4.2",
      plugin: { ...plugin, providers: ["vault"] },
    });
    const used = { packageJson: project.path("node_modules/in-use/package.json"), origin: "test" };
    const index = buildPluginIndex([used], {
      beside: () => packagesBeside(project.path("node_modules/cassandra-rekey/bin")),
    });
    expect(index.beside().map(({ name }) => name)).toEqual(["@acme/beside"]);
    expect(listExtensions(index).map(({ name }) => name)).toEqual(["used"]);
    const text = await refusal(loadPart(index, "providers", "vault"));
    expect(text).toContain("is in @acme/beside 1.4.2, which is installed beside this program");
    expect(text).toContain("cassandra-rekey plugins install @acme/beside@1.4.2");
  });

  it("are none where the program is not in node_modules, or its neighbours cannot be read", () => {
    expect(packagesBeside("/somewhere/else")).toEqual([]);
    expect(packagesBeside("/nowhere/node_modules/cassandra-rekey")).toEqual([]);
  });
});

async function refusal(loading: Promise<unknown>): Promise<string> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isRekeyError(error) ? `${error.code} ${error.message} | ${error.hint}` : `not refused: ${error}`;
}
