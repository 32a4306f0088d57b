import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { pluginRoots } from "../src/plugin-roots.ts";

const own = resolve(import.meta.dirname, "../package.json");
const packagesOf = (packageJson: string) => [{ packageJson: `${packageJson}+deps`, origin: packageJson }];

describe("where plugins come from", () => {
  it("is this package, the bundle around it, what was installed, and the configuration's project", () => {
    const roots = pluginRoots({
      program: "/bundle/package.json",
      installed: [
        { name: "mine", root: "/data/mine", type: "user" },
        { name: "linked", root: "/src/linked", type: "link" },
        { name: "@oclif/plugin-help", root: "/help", type: "core" },
      ],
      project: "/app/package.json",
      packagesOf,
    });
    expect(roots).toEqual([
      { packageJson: `${own}+deps`, origin: "cassandra-rekey" },
      { packageJson: "/bundle/package.json+deps", origin: "/bundle/package.json" },
      { packageJson: "/data/mine/package.json", origin: "plugins install" },
      { packageJson: "/src/linked/package.json", origin: "plugins link" },
      { packageJson: "/help/package.json", origin: "@oclif/plugin-help" },
      { packageJson: "/app/package.json+deps", origin: "/app/package.json" },
    ]);
  });

  it("is looked at once where the program is this package and there is no project", () => {
    const roots = pluginRoots({ program: own, installed: [], project: undefined, packagesOf });
    expect(roots).toEqual([{ packageJson: `${own}+deps`, origin: "cassandra-rekey" }]);
  });
});
