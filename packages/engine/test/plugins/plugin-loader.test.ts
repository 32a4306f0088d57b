import { existsSync } from "node:fs";
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { isRekeyError } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPluginIndex, type PluginIndex } from "../../src/plugins/plugin-index.ts";
import { loadModuleProvider, loadPart } from "../../src/plugins/plugin-loader.ts";
import { PluginProject, providerEntry } from "./plugin-project.ts";

describe("loading plugins", () => {
  let project: PluginProject;
  let next = 0;

  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  /** An index of one package with the provider `vault`, whose entry is the given text. */
  async function indexOf(entry: string | undefined, name = `@acme/vault-${next++}`): Promise<PluginIndex> {
    const plugin = { apiVersion: 1, entry: "./index.js", providers: ["vault"] };
    return buildPluginIndex([
      await project.add({
        name,
        version: "1.4.2",
        plugin,
        files: entry === undefined ? {} : { "index.js": entry },
      }),
    ]);
  }
  /** Code that leaves a mark when it is imported. */
  function mark(): { readonly code: string; readonly left: () => boolean } {
    const file = project.path(`mark-${next++}`);
    return {
      code: `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(file)}, "");`,
      left: () => existsSync(file),
    };
  }
  async function refusal(loading: Promise<unknown>): Promise<string> {
    const error = await loading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return isRekeyError(error) ? `${error.code} ${error.message} | ${error.hint}` : `not refused: ${error}`;
  }

  it("imports the package that has the part, and no other", async () => {
    const [wanted, other] = [mark(), mark()];
    const plugin = { apiVersion: 1, entry: "./index.js" };
    const index = buildPluginIndex([
      await project.add({
        name: "wanted",
        plugin: { ...plugin, providers: ["one"] },
        files: { "index.js": providerEntry("one", { before: wanted.code }) },
      }),
      await project.add({
        name: "other",
        plugin: { ...plugin, providers: ["two"] },
        files: { "index.js": providerEntry("two", { before: other.code }) },
      }),
    ]);
    const part = await loadPart(index, "providers", "one");
    expect(typeof part.create).toBe("function");
    expect([wanted.left(), other.left()]).toEqual([true, false]);
  });

  it.each([
    ["vualt", 'No installed plugin has a provider "vualt" (did you mean "vault"?); installed: vault'],
    ["Vault", '(did you mean "vault"?)'],
    ["awskms", '(did you mean "aws-kms" of @cassandra-rekey/provider-aws-kms?)'],
    ["zzzzzz", 'No installed plugin has a provider "zzzzzz"; installed: vault'],
    [
      "aws-kms",
      'The provider "aws-kms" is in @cassandra-rekey/provider-aws-kms, which is not installed | Install it: cassandra-rekey plugins install @cassandra-rekey/provider-aws-kms',
    ],
  ])("says what was meant by %s, and which package has it", async (name, expected) => {
    const text = await refusal(loadPart(await indexOf(""), "providers", name));
    expect(text).toMatch(/^CONFIG\.UNKNOWN_PART /);
    expect(text).toContain(expected);
  });

  it.each([
    [["@acme/*"], true],
    [["@acme/vault-x"], true],
    [["@acme/vault-x@1.4.2"], true],
    [["@other/one", "@acme/vault-x"], true],
    [undefined, true],
    [["@acme/vault-x@1.4.1"], false],
    [["@acme/vault"], false],
    [["@acm/*"], false],
    [["vault-x"], false],
    [[], false],
  ])("imports what the allow-list %j lets in: %s", async (allowed, expected) => {
    const { code, left } = mark();
    const name = "@acme/vault-x";
    await rm(project.path(`node_modules/${name}`), { recursive: true, force: true });
    const entry = `./index-${next++}.js`;
    const index = buildPluginIndex([
      await project.add({
        name,
        version: "1.4.2",
        plugin: { apiVersion: 1, entry, providers: ["vault"] },
        files: { [entry]: providerEntry("vault", { before: code }) },
      }),
    ]);
    const text = await refusal(loadPart(index, "providers", "vault", { allowed }));
    expect(left()).toBe(expected);
    if (!expected) {
      expect(text).toContain(
        'PLUGIN.INVALID The provider "vault" is in @acme/vault-x 1.4.2, which plugins.allow does not list; it was not imported',
      );
      expect(text).toContain('Add "@acme/vault-x" or "@acme/vault-x@1.4.2" to plugins.allow');
    }
  });

  it.each([
    ["throw new TypeError('no network');", "cannot be imported: no network"],
    ["throw 'text';", "cannot be imported: unknown reason"],
    ["import 'not-installed';", "cannot be imported: Cannot find package 'not-installed'"],
    ["this is not javascript", "cannot be imported: "],
    ["export const plugin = {};", "has no default export made by definePlugin"],
    ["export default { providers: { vault: {} } };", "has no default export made by definePlugin"],
    ["export default null;", "has no default export made by definePlugin"],
    [
      providerEntry("other"),
      'promises the provider "vault", but its entry does not have it (providers there: other)',
    ],
    [providerEntry("vault", { apiVersion: 2 }), "speaks version 2 of the plugin contract"],
    [
      `import { definePlugin } from "@cassandra-rekey/core"; export default definePlugin({ name: "x", providers: { vault: { create() {} } } });`,
      'The provider "vault" of @acme/vault',
    ],
    [undefined, "is not there"],
  ])("refuses an entry that is not what it should be: %j", async (entry, expected) => {
    const text = await refusal(loadPart(await indexOf(entry), "providers", "vault"));
    expect(text).toMatch(/^PLUGIN\.(INVALID|API_VERSION) /);
    expect(text).toContain(expected);
    expect(text).toMatch(/@acme\/vault-\d+ 1\.4\.2/);
  });

  it("does not follow a link out of the package", async () => {
    const { code, left } = mark();
    const outside = await project.write("outside.mjs", providerEntry("vault", { before: code }));
    const index = await indexOf(undefined, "@acme/leading-out");
    await symlink(outside, project.path("node_modules/@acme/leading-out/index.js"));
    expect(await refusal(loadPart(index, "providers", "vault"))).toContain("leads out of its folder");
    expect(left()).toBe(false);
  });

  describe("from a local module", () => {
    const several = `import { definePlugin } from "@cassandra-rekey/core";
const part = { options: { "~standard": { validate: (value) => ({ value }) } }, create: async () => {} };
export default definePlugin({ name: "mine", providers: { one: part, two: part } });`;
    const load = (spelling: string, more: { provider?: string; allowed?: readonly string[] } = {}) =>
      loadModuleProvider(
        {
          path: project.path(spelling),
          spelling,
          ...(more.provider === undefined ? {} : { provider: more.provider }),
        },
        { allowed: more.allowed },
      );

    it("takes its only provider, or the one that is named", async () => {
      await project.write("mine.mjs", providerEntry("vault"));
      await project.write("several.mjs", several);
      expect(typeof (await load("./mine.mjs")).create).toBe("function");
      expect(typeof (await load("./several.mjs", { provider: "two" })).create).toBe("function");
      expect(await refusal(load("./several.mjs"))).toContain(
        "CONFIG.UNKNOWN_PART ./several.mjs has several providers (one, two); say which with provider",
      );
      expect(await refusal(load("./several.mjs", { provider: "tow" }))).toContain(
        'has no provider "tow" (did you mean "two"?); it has one, two',
      );
    });

    it("refuses what is not there, or no plugin", async () => {
      await project.write("plain.mjs", "export default 1;");
      await project.write(
        "empty.mjs",
        `import { definePlugin } from "@cassandra-rekey/core"; export default definePlugin({ name: "x" });`,
      );
      expect(await refusal(load("./none.mjs"))).toContain(
        "PLUGIN.INVALID ./none.mjs cannot be imported: Cannot find module",
      );
      expect(await refusal(load("./plain.mjs"))).toContain(
        "./plain.mjs has no default export made by definePlugin",
      );
      expect(await refusal(load("./empty.mjs"))).toContain("./empty.mjs has no provider");
    });

    it("says what to install for a file that imports what is not beside it", async () => {
      await project.write("keys/lonely.mjs", 'import "@acme/sealing/v2";');
      const { folder } = project;
      expect(await refusal(load("./keys/lonely.mjs"))).toContain(
        `| Install what it imports beside it: \`npm install @acme/sealing\` in ${join(folder, "keys")}.`,
      );
      await project.write("broken.mjs", "const const;");
      expect(await refusal(load("./broken.mjs"))).toMatch(/\| Check the path, and that Node runs the file/);
    });

    it("imports only what the allow-list lets in", async () => {
      const { code, left } = mark();
      await project.write("guarded.mjs", providerEntry("vault", { before: code }));
      const text = await refusal(load("./guarded.mjs", { allowed: ["./other.mjs", "@acme/*"] }));
      expect(text).toContain(
        "plugins.allow does not list the local module ./guarded.mjs; it was not imported",
      );
      expect(left()).toBe(false);
      await load("./guarded.mjs", { allowed: [join(project.folder, "guarded.mjs")] });
      expect(left()).toBe(true);
      await load("./guarded.mjs", { allowed: ["./guarded.mjs"] });
    });
  });
});
