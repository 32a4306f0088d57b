import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PluginRoot } from "../../src/plugins/plugin-package.ts";

const CORE = fileURLToPath(new URL("../../../core", import.meta.url));

/** A package to be written: its package.json, and its other files by name. */
export interface WrittenPackage {
  readonly name: string;
  readonly version?: string;
  /** What stands under "cassandra-rekey". */
  readonly plugin?: unknown;
  readonly files?: Readonly<Record<string, string>>;
}

/** A folder with packages in `node_modules`, as npm would lay it out, core among them. */
export class PluginProject implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<PluginProject> {
    const project = new PluginProject(await mkdtemp(join(tmpdir(), "rekey-plugins-")));
    await project.write("package.json", JSON.stringify({ name: "app", version: "1.0.0" }));
    await mkdir(join(project.folder, "node_modules/@cassandra-rekey"), { recursive: true });
    await symlink(CORE, join(project.folder, "node_modules/@cassandra-rekey/core"));
    return project;
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  async write(file: string, text: string): Promise<string> {
    const path = this.path(file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** Writes a package and returns where it is found. */
  async add({ name, version = "1.0.0", plugin, files = {} }: WrittenPackage): Promise<PluginRoot> {
    const folder = `node_modules/${name}`;
    const manifest = {
      name,
      version,
      type: "module",
      ...(plugin === undefined ? {} : { "cassandra-rekey": plugin }),
    };
    for (const [file, text] of Object.entries(files)) await this.write(`${folder}/${file}`, text);
    const packageJson = await this.write(`${folder}/package.json`, JSON.stringify(manifest));
    return { packageJson, origin: "test" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The text of an entry with one provider, which opens nothing. `before` runs when it is imported. */
export function providerEntry(name: string, { before = "", apiVersion = 1 } = {}): string {
  return `import { definePlugin, defineProvider, simpleKey } from "@cassandra-rekey/core";
${before}
const options = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const plugin = definePlugin({
  name: "test",
  providers: {
    "${name}": defineProvider({
      options,
      create: async (given, { keyVersion: version }) =>
        simpleKey({ version, decrypt: () => undefined, encrypt: (plaintext) => plaintext }),
    }),
  },
});
export default { ...plugin, apiVersion: ${apiVersion} };
`;
}
