// What `--version` and `--help` take, beside an oclif program of as many commands that has nothing else.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measured } from "./measured-process.ts";

const { values: flags } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });
const CLI = resolve(import.meta.dirname, "../../packages/cli");
/** The most that ours may take, as a multiple of the bare one. */
const TARGET = 1.3;
const ASKED = ["--version", "--help"];

interface Manifest {
  readonly commands: Readonly<Record<string, object>>;
}

const folder = await mkdtemp(join(tmpdir(), "rekey-startup-"));
await using stack = new AsyncDisposableStack();
stack.defer(() => rm(folder, { recursive: true, force: true }));
const commands = await allCommands();
const programs = { ours: join(CLI, "bin/run.js"), bare: await bareProgram(commands) };
const env = { ...process.env, HOME: folder };

const times = new Map<string, number[]>();
for (let round = 0; round <= Number(flags.rounds); round += 1) {
  for (const asked of ASKED) {
    for (const [name, program] of Object.entries(programs)) {
      const { seconds } = await measured(process.execPath, [program, asked], { cwd: folder, env });
      // The first round warms the file system.
      if (round > 0)
        times.set(`${name} ${asked}`, [...(times.get(`${name} ${asked}`) ?? []), seconds * 1000]);
    }
  }
}
console.log(
  `${Object.keys(commands).length} commands, ${flags.rounds} rounds, the shortest of each; the target is ${TARGET}`,
);
console.log("| | cassandra-rekey | bare oclif | ratio |\n| --- | --- | --- | --- |");
for (const asked of ASKED) {
  // The shortest: whatever else the machine does only adds to it.
  const [ours, bare] = [Math.min(...times.get(`ours ${asked}`)!), Math.min(...times.get(`bare ${asked}`)!)];
  console.log(
    `| \`${asked}\` | ${ours.toFixed(0)} ms | ${bare.toFixed(0)} ms | ${(ours / bare).toFixed(2)} |`,
  );
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
async function bareProgram(all: Manifest["commands"]): Promise<string> {
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
