import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KINDS } from "../src/plugin-request.ts";
import { writePackage } from "../src/write-package.ts";

const run = promisify(execFile);
const MODULES = resolve(import.meta.dirname, "../node_modules");

describe("a new package", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-create-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // Each builds and passes its own tests: the conformance suite of its kind, and the check of the whole package.
  it.each(KINDS)("of the kind %s builds and is green", async (kind) => {
    const root = join(folder, kind);
    const files = await writePackage({
      kind,
      name: "mine",
      packageName: `@acme/new-${kind}-mine`,
      folder: root,
    });
    expect(files).toEqual(
      expect.arrayContaining([".gitignore", "README.md", "package.json", "src/index.ts"]),
    );
    await symlink(MODULES, join(root, "node_modules"));
    const env = { ...process.env, PATH: `${join(MODULES, ".bin")}:${process.env["PATH"]}` };
    await run("tsc", ["--project", root], { env });
    const report = join(root, "report.json");
    await run("vitest", ["run", "--root", root, "--reporter=json", `--outputFile=${report}`], { env });
    const { numPassedTests, numFailedTests } = JSON.parse(await readFile(report, "utf8")) as Record<
      string,
      number
    >;
    expect(numFailedTests).toBe(0);
    expect(numPassedTests).toBeGreaterThan(5);
    expect(existsSync(join(root, "dist/index.d.ts"))).toBe(true);
  });

  it("has its names everywhere, and none of the template's", async () => {
    const root = join(folder, "named");
    const files = await writePackage({
      kind: "hook",
      name: "bell",
      packageName: "@acme/rekey-bell",
      folder: root,
    });
    const texts = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
    expect(texts).not.toMatch(/template-/);
    expect(texts).toContain("cassandra-rekey plugins install @acme/rekey-bell");
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      name: "@acme/rekey-bell",
      "cassandra-rekey": { apiVersion: 1, entry: "./dist/index.js", hooks: ["bell"] },
      dependencies: { "@cassandra-rekey/core": expect.any(String), zod: expect.any(String) },
    });
    await expect(
      writePackage({ kind: "hook", name: "bell", packageName: "x", folder: root }),
    ).rejects.toThrow(/is not empty/);
  });

  it.each(["/proc/nonesuch/plugin", "/proc/self/plugin", import.meta.filename])(
    "says so when %s cannot be written to",
    async (folder) => {
      await expect(
        writePackage({ kind: "hook", name: "bell", packageName: "x", folder }),
      ).rejects.toMatchObject({
        code: "USAGE.INVALID",
        message: expect.stringMatching(/ cannot be written to \(E[A-Z]+\)$/),
        hint: "Name another folder.",
      });
    },
  );
});
