import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runCli } from "./run-cli.ts";

let folder: string;

/** Packages whose entry does something when it is imported. */
const PLUGINS = { leaver: "process.exit(0);", waiter: "await new Promise(() => {});" };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-early-end-"));
  const dependencies = Object.fromEntries(Object.keys(PLUGINS).map((name) => [`rekey-${name}`, "*"]));
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  for (const [name, entry] of Object.entries(PLUGINS)) {
    const root = join(folder, "node_modules", `rekey-${name}`);
    await mkdir(root, { recursive: true });
    const metadata = { apiVersion: 1, entry: "./index.js", hooks: [name] };
    await writeFile(
      join(root, "package.json"),
      JSON.stringify({
        name: `rekey-${name}`,
        version: "1.0.0",
        type: "module",
        "cassandra-rekey": metadata,
      }),
    );
    await writeFile(join(root, "index.js"), entry);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ["leaver", "something, probably a plugin, ended the process"],
  ["waiter", "something, probably a plugin, waits for an answer that can never come"],
])("a plugin does not end a command with 0: %s", async (name, what) => {
  const [text, json] = await Promise.all([
    runCli(["extensions", "show", name], { cwd: folder }),
    runCli(["extensions", "show", name, "--json"], { cwd: folder }),
  ]);
  expect(text).toMatchObject({ exitCode: 4, stdout: "" });
  expect(text.stderr).toMatch(
    new RegExp(
      `^Error \\[INTERNAL\\.INVARIANT\\]: The command has not come to its end: ${what}\\.\nNext: .*\n$`,
    ),
  );
  expect(json).toMatchObject({ exitCode: 4, stderr: "" });
  expect(JSON.parse(json.stdout).error).toMatchObject({ message: expect.stringContaining(what) });
});
