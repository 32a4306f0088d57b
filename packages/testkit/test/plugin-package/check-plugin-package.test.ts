import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkPluginPackage, pluginPackageProblems } from "../../src/index.ts";
import { probeEntry } from "../../src/plugin-package/entry-probe.ts";
import { entryProblems } from "../../src/plugin-package/entry-problems.ts";
import { manifestProblems } from "../../src/plugin-package/manifest-problems.ts";

const CORE = resolve(import.meta.dirname, "../../../core");
const PLUGINS = resolve(import.meta.dirname, "../../../../plugins");

const METADATA = { apiVersion: 1, entry: "./dist/index.js", providers: ["vault"] };
const MANIFEST = {
  name: "@acme/rekey-vault",
  version: "1.0.0",
  type: "module",
  exports: "./dist/index.js",
  files: ["dist"],
  keywords: ["cassandra-rekey-plugin"],
  dependencies: { "@cassandra-rekey/core": "^1.0.0" },
  oclif: {},
  "cassandra-rekey": METADATA,
};
const SCHEMA = `{ "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }), jsonSchema: { input: () => ({ type: "object" }) } } }`;
const plugin = (changes: object = {}) => ({ "cassandra-rekey": { ...METADATA, ...changes } });
const entry = ({
  name = MANIFEST.name,
  before = "",
  part = `{ options: ${SCHEMA}, create: async () => {} }`,
  more = "",
} = {}) =>
  `import { definePlugin } from "@cassandra-rekey/core";
${before}
export default definePlugin({ name: "${name}", providers: { vault: ${part} }${more} });`;

interface Written {
  readonly manifest?: object;
  readonly files?: Readonly<Record<string, string>>;
}

let folder: string;
let next = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rekey-package-"));
  await mkdir(join(folder, "node_modules/@cassandra-rekey"), { recursive: true });
  await symlink(CORE, join(folder, "node_modules/@cassandra-rekey/core"));
  // Installed for something else.
  for (const [name, file] of [
    ["zod", "v4.js"],
    ["@acme/crypto", "index.js"],
  ] as const) {
    const at = join(folder, "node_modules", name);
    await mkdir(at, { recursive: true });
    const exports = { ".": `./${file}`, "./v4": `./${file}` };
    await writeFile(join(at, "package.json"), JSON.stringify({ name, type: "module", exports }));
    await writeFile(join(at, file), "");
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a sound package with the given changes. */
async function written({ manifest = {}, files = {} }: Written): Promise<string> {
  const root = join(folder, `package-${next++}`);
  const all = {
    "package.json": JSON.stringify({ ...MANIFEST, ...manifest }),
    "README.md": "# vault",
    "dist/index.js": entry(),
    "lib/own.js": "",
    "lib/sealed.js": 'import "@acme/crypto";',
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
  return root;
}

/** What is wrong with package.json alone. */
const MANIFESTS: Readonly<Record<string, readonly [object, string]>> = {
  "it is not an ES module": [{ type: "commonjs" }, '"type" is not "module"'],
  "oclif would refuse it": [{ oclif: undefined }, 'there is no "oclif": {}'],
  "nobody finds it": [{ keywords: ["vault"] }, "by which plugins are found"],
  "it does not say what it is": [{ "cassandra-rekey": 1 }, 'no "cassandra-rekey"'],
  "its contract is another": [plugin({ apiVersion: 2 }), '"apiVersion" is 2'],
  "its entry leads out": [plugin({ entry: "./../x.js" }), "stay inside the package"],
  "its entry is a bare name": [plugin({ entry: "dist/index.js" }), 'must begin with "./"'],
  "its names are no list": [plugin({ hooks: "bell" }), '"hooks" is not a list of names'],
  "a name has capitals": [plugin({ providers: ["Vault"] }), 'the name "Vault"'],
  "it names nothing": [plugin({ providers: [] }), "it names no providers"],
  "a kind is misspelt": [plugin({ provider: ["a"] }), '"provider" means nothing'],
  "core is a peer": [
    { dependencies: {}, peerDependencies: { "@cassandra-rekey/core": "1" } },
    "is a peer dependency",
  ],
  "core is missing": [{ dependencies: {} }, 'core is not in "dependencies"'],
  "it brings the engine": [
    { dependencies: { "@cassandra-rekey/engine": "1" } },
    "depends on @cassandra-rekey/engine",
  ],
  "a folder has its name": [
    plugin({ entry: "./dist/my-rekey-vault/index.js" }),
    "the folder my-rekey-vault ends in the package's name",
  ],
};

/** What is wrong with the entry. */
const ENTRIES: Readonly<Record<string, readonly [text: string, expected: string, metadata?: object]>> = {
  "it throws": ["throw new TypeError('no network')", "cannot be imported: no network"],
  "it leaves": ["process.exit(0)", "the process ended in the middle of it"],
  "it exports something else": ["export default { providers: {} }", "not made by definePlugin"],
  "it imports what is not its own": [
    entry({ before: 'import "zod/v4"; import "node:fs"; import "path"; import "../lib/own.js";' }),
    'the entry imports zod, which is not in "dependencies"',
  ],
  "a module of it does": [
    entry({ before: 'import "../lib/sealed.js";' }),
    'the entry imports @acme/crypto, which is not in "dependencies"',
  ],
  "it prints": [entry({ before: "console.log('hello')" }), "prints: hello"],
  "its name is another": [entry({ name: "@acme/other" }), 'definePlugin says "@acme/other"'],
  "it lacks a part": [entry(), 'promises hooks "bell", which the entry lacks', { hooks: ["bell"] }],
  "it has one more": [
    entry({ more: `, hooks: { bell: { options: ${SCHEMA}, create() {} } }` }),
    'the entry has hooks "bell"',
  ],
  "create is missing": [entry({ part: `{ options: ${SCHEMA} }` }), "has no create()"],
  "options have no schema": [entry({ part: "{ create() {} }" }), "it is no Standard Schema"],
  "options cannot be described": [
    entry({ part: `{ create() {}, options: { "~standard": { validate() {} } } }` }),
    "it gives no JSON Schema",
  ],
};

describe("checkPluginPackage", () => {
  it("finds nothing wrong with a sound package", async () => {
    await checkPluginPackage(await written({}));
  });

  it.each(["provider-aws-kms", "state-cassandra"])("finds nothing wrong with ours: %s", async (name) => {
    expect(await pluginPackageProblems(join(PLUGINS, name))).toEqual([]);
  });

  it("fails a broken one with every reason at once", async () => {
    const root = await written({
      manifest: { type: "commonjs", files: ["lib", "*.key"] },
      files: { "tls.key": "x", "dist/index.js": "void 0" },
    });
    const problems = await pluginPackageProblems(root);
    expect(problems.join("\n")).toMatch(
      /"type" is not[\s\S]*not among the files[\s\S]*tls\.key would be published[\s\S]*not made by/,
    );
    await expect(checkPluginPackage(root)).rejects.toThrow(/is no sound plugin package:\n- "type" is not/);
  });

  it("asks for a build where the entry is not there", async () => {
    const root = await written({ manifest: plugin({ entry: "./dist/none.js" }) });
    expect(await pluginPackageProblems(root)).toEqual([
      "the entry ./dist/none.js is not there: build the package first",
    ]);
  });

  it("finds no package in an empty folder, or behind broken JSON", async () => {
    expect(await pluginPackageProblems(join(folder, "none"))).toEqual([
      "there is no package.json that can be read",
    ]);
    const broken = await written({ files: { "package.json": "{" } });
    expect(await pluginPackageProblems(broken)).toEqual(["package.json is not JSON"]);
  });
});

describe("a package.json is refused", () => {
  it.each(Object.entries(MANIFESTS))("when %s", (_, [changes, expected]) => {
    expect(manifestProblems({ ...MANIFEST, ...changes }).join("\n")).toContain(expected);
  });
});

describe("an entry is refused", () => {
  it.each(Object.entries(ENTRIES))("when %s", async (_, [text, expected, metadata]) => {
    const root = await written({ files: { "dist/index.js": text } });
    const report = await probeEntry(join(root, "dist/index.js"));
    const problems = entryProblems({ ...MANIFEST, ...plugin(metadata) }, report);
    expect(problems.join("\n")).toContain(expected);
  });

  it("when the process does not end after its import", async () => {
    const root = await written({
      files: { "dist/index.js": entry({ before: "setInterval(() => {}, 1000);" }) },
    });
    const report = await probeEntry(join(root, "dist/index.js"), 5_000);
    expect(entryProblems(MANIFEST, report)).toEqual([
      "importing the entry keeps the process from ending: open handles belong into create",
    ]);
  });
});
