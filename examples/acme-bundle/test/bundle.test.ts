import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const BIN = resolve(import.meta.dirname, "../bin/run.js");
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "acme-rekey-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function acme(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return new Promise<{ stdout: string; stderr: string; exitCode: number }>((done) => {
    const options = { cwd: folder, env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...env } };
    execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) =>
      done({ stdout, stderr, exitCode: typeof error?.code === "number" ? error.code : error ? -1 : 0 }),
    );
  });
}

describe("Acme's command line", () => {
  it("has the commands of cassandra-rekey and its own, under its own name", async () => {
    const { stdout, exitCode } = await acme(["--help"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("$ acme-rekey [COMMAND]");
    for (const command of ["new", "run", "verify", "doctor", "plugins"])
      expect(stdout).toMatch(new RegExp(`^ +${command} `, "m"));
  });

  it("brings the plugins that the team chose, and a hook of its own", async () => {
    const { stdout } = await acme(["extensions", "--json"]);
    const { extensions } = JSON.parse(stdout) as {
      extensions: { name: string; package: string; origin: string }[];
    };
    const packageOf = Object.fromEntries(extensions.map(({ name, ...rest }) => [name, rest.package]));
    expect(packageOf).toMatchObject({
      vault: "@acme/rekey-provider-vault",
      "acme-freeze": "@acme/rekey",
      fernet: "@cassandra-rekey/provider-fernet",
    });
  });

  it("looks for the configuration where Acme has it", async () => {
    const { stderr, exitCode } = await acme(["config", "check"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("/etc/acme/rekey.yaml");
  });

  it("is named by its own name in what to do next", async () => {
    const file = join(folder, "broken.yaml");
    await writeFile(file, "tables: 3\n");
    const { stderr } = await acme(["config", "check", "--config", file]);
    expect(stderr).toMatch(/`acme-rekey config schema`/);
    expect(stderr).not.toContain("cassandra-rekey ");
  });

  it("begins a configuration with Acme's defaults, which checks out", async () => {
    const { stdout } = await acme(["new", "app.users", "--columns", "ssn,email", "--key", "app-cells"]);
    const file = join(folder, "rekey.yaml");
    await writeFile(file, stdout);
    expect(stdout).toContain("type: acme-freeze");
    const checked = await acme(["config", "check", "--json"], { REKEY_CONFIG: file });
    expect(JSON.parse(checked.stdout)).toMatchObject({ ok: true });
  });
});
