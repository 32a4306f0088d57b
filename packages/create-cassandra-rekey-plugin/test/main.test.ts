import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../src/main.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "rekey-main-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command; each answer is given when the question before it was asked. */
async function create(argv: readonly string[], answers?: readonly string[]) {
  const stdin: PassThrough & { isTTY?: boolean } = new PassThrough();
  if (answers) stdin.isTTY = true;
  const stdout = new PassThrough();
  let text = "";
  const left = [...(answers ?? [])];
  stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    if (part.endsWith(": ") && left.length > 0) stdin.write(`${left.shift()}\n`);
  });
  const exitCode = await main(argv, { stdin, stdout });
  return { exitCode, text };
}

describe("npm create cassandra-rekey-plugin", () => {
  it("asks for the kind, the name and the package's name", async () => {
    const target = join(folder, "asked");
    const { exitCode, text } = await create([target], ["3", "slow", ""]);
    expect(exitCode).toBe(0);
    expect(text).toContain("3 throttle: what slows a run down");
    expect(text).toContain("Name of the npm package (rekey-throttle-slow)");
    expect(await readdir(join(target, "src"))).toEqual(["back-off.ts", "index.ts"]);
    expect(text).toMatch(/Next:\n {2}cd .*asked\n {2}npm install\n {2}npm test/);
  });

  it("asks nothing when it is told everything", async () => {
    const target = join(folder, "told");
    const { exitCode, text } = await create(["--kind", "provider", "--name", "vault", "--yes", target], []);
    expect(exitCode).toBe(0);
    expect(text).toMatch(/^Wrote \d+ files/);
  });

  it.each([
    [["--kind", "provider"], "--name is needed where nobody can be asked"],
    [["--name", "vault", "--yes"], "--kind is needed where nobody can be asked"],
    [["--kind", "vault", "--name", "x"], "The kinds are provider, state-store, throttle, hook."],
    [["--kind", "hook", "--name", "My Hook"], '"My Hook" cannot be a plugin\'s name'],
    [["--kind", "hook", "--name", "x", "--package", "@Acme/x"], "cannot be an npm package's name"],
    [["--sort", "hook"], "Unknown option '--sort'"],
    [["a", "b"], "One folder can be given, not 2"],
  ])("refuses %j, and says why", async (argv, expected) => {
    const { exitCode, text } = await create(argv);
    expect(exitCode).toBe(2);
    expect(text).toContain(expected);
  });

  it("prints its help", async () => {
    const { exitCode, text } = await create(["--help"]);
    expect([exitCode, text.split("\n")[0]]).toEqual([0, "Writes a plugin package for cassandra-rekey."]);
  });
});
