import { isRekeyError } from "@cassandra-rekey/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packagesOf, projectOf } from "../../src/plugins/project-packages.ts";
import { PluginProject } from "./plugin-project.ts";

describe("the packages of a configuration's project", () => {
  let project: PluginProject;
  beforeAll(async () => {
    project = await PluginProject.create();
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("are what it depends on in any way, and itself; what is not installed is left out", async () => {
    for (const name of ["a", "@b/c", "d"]) await project.add({ name });
    const path = await project.write(
      "package.json",
      JSON.stringify({
        name: "app",
        dependencies: { a: "1", missing: "1", "../odd": "1" },
        devDependencies: { "@b/c": "1", a: "1" },
        optionalDependencies: { d: "1" },
        peerDependencies: { e: "1" },
      }),
    );
    const found = packagesOf(path);
    expect(found.map(({ packageJson }) => packageJson)).toEqual([
      path,
      ...["a", "@b/c", "d"].map((name) => project.path(`node_modules/${name}/package.json`)),
    ]);
    expect(new Set(found.map(({ origin }) => origin))).toEqual(new Set([path]));
  });

  it("are found from the nearest package.json above the configuration", async () => {
    await project.write("deploy/prod/config.yaml", "");
    expect(projectOf(project.path("deploy/prod/config.yaml"))).toBe(project.path("package.json"));
    const nearer = await project.write("deploy/package.json", "{}");
    expect(projectOf(project.path("deploy/prod/config.yaml"))).toBe(nearer);
    expect(projectOf("/proc/self/config.yaml")).toBeUndefined();
  });

  it.each([
    ["{ not json", "is not JSON, so its plugins cannot be found"],
    [undefined, "does not exist"],
  ])("cannot be told from a broken package.json: %j", async (text, expected) => {
    const path =
      text === undefined
        ? project.path("none/package.json")
        : await project.write("broken/package.json", text);
    let error: unknown;
    try {
      packagesOf(path);
    } catch (reason) {
      error = reason;
    }
    expect(isRekeyError(error) && `${error.code} ${error.message}`).toContain(
      `PLUGIN.INVALID ${path} ${expected}`,
    );
  });

  it.each(["[]", "5", "null", '{ "dependencies": [1] }', '{ "dependencies": "x" }'])(
    "are only itself where it lists none: %s",
    async (text) => {
      const path = await project.write("odd/package.json", text);
      expect(packagesOf(path).map(({ packageJson }) => packageJson)).toEqual([path]);
    },
  );
});
