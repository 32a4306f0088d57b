import { globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { testedVersions } from "./compat/tested-versions.ts";
import { ROOT, read } from "./documentation.ts";

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Record<string, string>;
        readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> };
        readonly steps: readonly Step[];
      }
    >
  >;
}
interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

const files = globSync(".github/workflows/*.yml", { cwd: ROOT });
const workflow = (name: string) => parse(read(`.github/workflows/${name}.yml`)) as Workflow;
const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };

describe("workflows", () => {
  it.each(files)("%s runs scripts that exist, on the default registries", (file) => {
    const text = read(file);
    const named = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|test)/g)].map(([, name = "test"]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    expect(text).not.toMatch(/https?:|registry-url|NPM_TOKEN|NODE_AUTH_TOKEN/);
  });

  it("run the whole check", () => {
    expect(workflow("ci").jobs["check"]?.steps.map(({ run }) => run)).toContain("npm test");
    expect(workflow("ci").jobs["docs"]?.steps.map(({ run }) => run)).toContain("npm run docs:build");
  });

  it("meet chaos at night, with either kind of writes", () => {
    const { steps, strategy } = workflow("nightly").jobs["chaos"]!;
    expect(steps.at(-1)?.run).toMatch(/^npm run chaos -- --minutes \d+ --writes \$\{\{ matrix\.writes \}\}$/);
    expect(strategy?.matrix).toEqual({ writes: ["plain", "lwt"] });
  });

  it("run on every version of Cassandra at night", () => {
    const { steps, strategy } = workflow("nightly").jobs["versions"]!;
    expect(steps.map(({ run }) => run).join("\n")).toMatch(
      /^npm run test:compat -- \$\{\{ matrix\.cassandra \}\}$/m,
    );
    const releases = testedVersions([]).map((release) => release.replace(/\.\d+$/, ""));
    expect(strategy?.matrix).toEqual({ cassandra: releases });
  });

  it("publish by an OIDC token and with provenance, after a rehearsal", () => {
    const { permissions, steps } = workflow("publish").jobs["publish"]!;
    expect(permissions).toMatchObject({ "id-token": "write" });
    const at = (found: (step: Step) => boolean) => steps.findIndex(found);
    const rehearsed = at(({ run }) => run === "npm run rehearse");
    const published = at(({ uses }) => uses?.startsWith("changesets/action@") ?? false);
    expect(rehearsed).toBeGreaterThan(0);
    expect(published).toBeGreaterThan(rehearsed);
    expect(steps[published]).toMatchObject({
      with: { publish: "npm run release" },
      env: { NPM_CONFIG_PROVENANCE: "true" },
    });
  });
});
