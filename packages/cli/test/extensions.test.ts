import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Extensions from "../src/commands/extensions/index.ts";
import ExtensionsShow from "../src/commands/extensions/show.ts";
import { runCommand } from "./command-harness.ts";
import { runCli } from "./run-cli.ts";

const CORE = fileURLToPath(new URL("../../core", import.meta.url));
const vault = {
  kind: "providers",
  name: "vault",
  package: "@acme/vault",
  version: "1.4.2",
  origin: "plugins install",
  allowed: false,
} as const;

describe("the command extensions", () => {
  it("prints a line each, and says what is not used", async () => {
    const list = { extensions: [vault], notes: ["x lies beside this program"] };
    const { stdout, exitCode } = await runCommand(Extensions, [], {
      engines: { extensions: async () => list },
    });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^KIND +NAME +PACKAGE +VERSION +FROM$/m);
    expect(stdout).toMatch(
      /^provider +vault +@acme\/vault +1\.4\.2 +plugins install \(refused by plugins\.allow\)$/m,
    );
    expect(stdout).toContain("Note: x lies beside this program");
    const json = await runCommand(Extensions, ["--json"], { engines: { extensions: async () => list } });
    expect(JSON.parse(json.stdout)).toEqual({
      extensions: [{ ...vault, kind: "provider" }],
      notes: list.notes,
    });
  });

  it("show prints options and an example, and passes the kind on", async () => {
    let asked: unknown;
    const engines = {
      extension: async (_config: string, name: string, kind: unknown) => {
        asked = { name, kind };
        const options = {
          type: "object",
          required: ["url"],
          properties: {
            url: { type: "string", description: "Where it listens." },
            tries: { type: "integer", default: 3 },
            mode: { enum: ["a", "b"] },
            windows: { type: "array", items: { type: "object", properties: { hours: { type: "number" } } } },
          },
        };
        return { ...vault, options, example: { url: "x" }, exampleText: "keys:\n  url: x\n" };
      },
    };
    const { stdout } = await runCommand(ExtensionsShow, ["vault", "--kind", "provider"], { engines });
    expect(asked).toEqual({ name: "vault", kind: "providers" });
    for (const line of [
      "vault: provider of @acme/vault 1.4.2, from plugins install",
      "  url  text, needed",
      "      Where it listens.",
      "  tries  whole number, default 3",
      "  mode  a | b",
      "  windows  list of { hours: … }",
      "      hours  number",
      "  keys:\n    url: x",
    ])
      expect(stdout).toContain(line);
    const json = await runCommand(ExtensionsShow, ["vault", "--json"], { engines });
    expect(JSON.parse(json.stdout)).toMatchObject({ kind: "provider", example: { url: "x" }, options: {} });
  });
});

describe("the program", () => {
  let folder: string;
  const env = () => ({ CASSANDRA_REKEY_DATA_DIR: join(folder, "data") });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-extensions-"));
    // As `plugins install` leaves it.
    await write("data/package.json", {
      private: true,
      oclif: { schema: 1, plugins: [{ name: "@acme/vault", tag: "latest", type: "user" }] },
      dependencies: { "@acme/vault": "1.4.2" },
    });
    await addPlugin("data", "@acme/vault", "vault");
    await write("app/package.json", {
      name: "app",
      version: "1.0.0",
      dependencies: { "@acme/local": "1.0.0" },
    });
    await addPlugin("app", "@acme/local", "local");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function write(file: string, content: object | string): Promise<void> {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  }

  async function addPlugin(where: string, name: string, provider: string): Promise<void> {
    const root = `${where}/node_modules/${name}`;
    await write(`${root}/package.json`, {
      name,
      version: "1.4.2",
      type: "module",
      oclif: {},
      "cassandra-rekey": { apiVersion: 1, entry: "./index.js", providers: [provider] },
    });
    await write(
      `${root}/index.js`,
      `import { definePlugin, simpleKey } from "@cassandra-rekey/core";
const options = { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }), jsonSchema: { input: () => ({ type: "object", properties: {} }) } } };
const create = async (_, { keyVersion: version }) => simpleKey({ version, decrypt: () => undefined, encrypt: (it) => it });
export default definePlugin({ name: "${name}", providers: { "${provider}": { options, create } } });`,
    );
    await mkdir(join(folder, where, "node_modules/@cassandra-rekey"), { recursive: true });
    await symlink(CORE, join(folder, where, "node_modules/@cassandra-rekey/core")).catch(() => {});
  }

  it("finds what plugins install brought, and what the configuration's project depends on", async () => {
    const { stdout } = await runCli(["extensions", "--json"], { cwd: join(folder, "app"), env: env() });
    const { extensions } = JSON.parse(stdout) as { extensions: { name: string; origin: string }[] };
    const origins = Object.fromEntries(extensions.map(({ name, origin }) => [name, origin]));
    expect(origins).toMatchObject({
      fernet: "cassandra-rekey",
      vault: "plugins install",
      local: join(folder, "app/package.json"),
    });
  });

  it("uses both in the next command", async () => {
    await write(
      "app/config.yaml",
      `cluster: { contact_points: [127.0.0.1], keyspace: app }
keys:
  target: { provider: vault, version: v2 }
  previous: [{ provider: local, version: v1 }]
tables: [{ name: users, encrypted_columns: [email] }]
`,
    );
    const { stdout, exitCode } = await runCli(["config", "check", "--json"], {
      cwd: join(folder, "app"),
      env: env(),
    });
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { ok: true }]);
    const shown = await runCli(["extensions", "show", "vault"], { cwd: join(folder, "app"), env: env() });
    expect(shown.stdout).toContain("provider of @acme/vault 1.4.2, from plugins install");
  });

  it("suggests a name for one that is misspelt, with the exit code of usage errors", async () => {
    const { stderr, exitCode } = await runCli(["extensions", "show", "vualt"], {
      cwd: join(folder, "app"),
      env: env(),
    });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean "vault"?');
  });
});
