import { readFile } from "node:fs/promises";
import { API_VERSION } from "@cassandra-rekey/core";
import type { Kind, PluginRequest } from "./plugin-request.ts";

const OWN = new URL("../package.json", import.meta.url);

/** The key of package.json that names parts of each kind. */
const KEYS: Readonly<Record<Kind, string>> = {
  provider: "providers",
  "state-store": "stateStores",
  throttle: "throttles",
  hook: "hooks",
};

const DEPENDENCIES = ["@cassandra-rekey/core", "zod"];
const DEV_DEPENDENCIES = ["@cassandra-rekey/testkit", "@types/node", "typescript", "vitest"];

/** The package.json of a new plugin. The versions are those that this package itself was tested with. */
export async function manifestOf({ kind, name, packageName }: PluginRequest): Promise<object> {
  const { dependencies, devDependencies, engines } = JSON.parse(await readFile(OWN, "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
    readonly engines: object;
  };
  const tested: Readonly<Record<string, string>> = { ...devDependencies, ...dependencies };
  const versions = (names: readonly string[]) =>
    Object.fromEntries(names.map((dependency) => [dependency, tested[dependency] ?? "*"]));
  return {
    name: packageName,
    version: "0.1.0",
    description: `The ${kind.replace("-", " ")} "${name}" for cassandra-rekey.`,
    type: "module",
    engines,
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    files: ["dist"],
    keywords: ["cassandra-rekey-plugin"],
    scripts: { build: "tsc", test: "npm run build && vitest run", prepack: "npm run build" },
    dependencies: versions(DEPENDENCIES),
    devDependencies: versions(DEV_DEPENDENCIES),
    oclif: {},
    "cassandra-rekey": { apiVersion: API_VERSION, entry: "./dist/index.js", [KEYS[kind]]: [name] },
  };
}
