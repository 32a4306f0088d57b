// What `--version` and `--help` take, beside an oclif program of as many commands that has nothing else.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";

const CLI = resolve(import.meta.dirname, "../../packages/cli");
/** The most that ours may take, as a multiple of the bare one. */
const TARGET = 1.3;
const ASKED = ["--version", "--help"];

const METER = `
process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  require("node:fs").writeSync(3, String((user + system) / 1000));
});
`;

interface Manifest {
  readonly commands: Readonly<Record<string, object>>;
}

/** The shortest times and the least processor time of so many rounds as Markdown. The programs take turns. */
export async function startupReport(rounds: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rekey-startup-"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const commands = await allCommands();
  await writeFile(join(folder, "meter.cjs"), METER);
  const programs = { ours: join(CLI, "bin/run.js"), bare: await bareProgram(folder, commands) };
  const least = new Map<string, { wallMs: number; cpuMs: number }>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const asked of ASKED) {
      for (const [name, program] of Object.entries(programs)) {
        const took = await startOnce(program, asked, folder);
        const before = least.get(`${name} ${asked}`);
        // The first round warms the file system; whatever else the machine does only adds to the others.
        if (round > 0)
          least.set(`${name} ${asked}`, {
            wallMs: Math.min(took.wallMs, before?.wallMs ?? took.wallMs),
            cpuMs: Math.min(took.cpuMs, before?.cpuMs ?? took.cpuMs),
          });
      }
    }
  }
  const lines = ASKED.map((asked) => {
    const [ours, bare] = [least.get(`ours ${asked}`)!, least.get(`bare ${asked}`)!];
    const pair = (one: number, other: number) =>
      `${one.toFixed(0)} ms | ${other.toFixed(0)} ms | ${(one / other).toFixed(2)}`;
    return `| \`${asked}\` | ${pair(ours.wallMs, bare.wallMs)} | ${pair(ours.cpuMs, bare.cpuMs)} |`;
  });
  return [
    `The shortest of ${rounds} starts, of programs with ${Object.keys(commands).length} commands. The aim is a ratio of at most ${TARGET}.`,
    "",
    "| | cassandra-rekey | bare oclif | ratio | its processor time | bare oclif's | ratio |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
    "",
  ].join("\n");
}

/** Starts a program and lets it end; it tells its processor time itself, at its exit. */
async function startOnce(
  program: string,
  asked: string,
  folder: string,
): Promise<{ wallMs: number; cpuMs: number }> {
  const args = ["--require", join(folder, "meter.cjs"), program, asked];
  const env = { ...process.env, HOME: folder };
  const started = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const [said] = await Promise.all([text(child.stdio[3] as Readable), once(child, "close")]);
  if (child.exitCode !== 0) throw new Error(`${program} ${asked} ended with ${child.exitCode}`);
  return { wallMs: performance.now() - started, cpuMs: Number(said) };
}

/** Our commands and those of the oclif plugins that come with them. */
async function allCommands(): Promise<Manifest["commands"]> {
  const { oclif } = JSON.parse(await readFile(join(CLI, "package.json"), "utf8")) as {
    oclif: { plugins: readonly string[] };
  };
  const files = [CLI, ...oclif.plugins.map((name) => join(CLI, "node_modules", name))];
  const manifests = await Promise.all(
    files.map(async (at) => JSON.parse(await readFile(join(at, "oclif.manifest.json"), "utf8")) as Manifest),
  );
  return Object.assign({}, ...manifests.map((manifest) => manifest.commands));
}

/** A program that has the commands in its manifest, and nothing behind them: neither question loads one. */
async function bareProgram(folder: string, all: Manifest["commands"]): Promise<string> {
  const root = join(folder, "bare");
  await mkdir(join(root, "node_modules/@oclif"), { recursive: true });
  await mkdir(join(root, "commands"));
  await symlink(join(CLI, "node_modules/@oclif/core"), join(root, "node_modules/@oclif/core"));
  const own = { pluginName: "bare", pluginAlias: "bare" };
  const described = Object.fromEntries(
    Object.entries(all).map(([id, command]) => [id, { ...command, ...own }]),
  );
  const oclif = { bin: "bare", dirname: "bare", commands: "./commands", topicSeparator: " " };
  const manifest = { name: "bare", version: "1.0.0", type: "module", oclif };
  const program = join(root, "run.js");
  await writeFile(join(root, "package.json"), JSON.stringify(manifest));
  await writeFile(
    join(root, "oclif.manifest.json"),
    JSON.stringify({ commands: described, version: "1.0.0" }),
  );
  await writeFile(
    program,
    'import { execute } from "@oclif/core";\nawait execute({ dir: import.meta.url });\n',
  );
  return program;
}

if (import.meta.main) console.log(await startupReport(15));
