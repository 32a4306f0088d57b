import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const VERSION = "0.1.0";
const MOTO = "5.2.5";
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** The Python tool, installed and ready. */
export interface PythonTool {
  /** The interpreter of its virtual environment. */
  readonly python: string;
  /** What the tool is started with; its own arguments come after. */
  readonly command: readonly [program: string, ...args: readonly string[]];
}

/** The first Python of at least 3.12: on the PATH, or one of pyenv's. */
export async function findPython(): Promise<string | undefined> {
  const pyenv = join(process.env.PYENV_ROOT || join(homedir(), ".pyenv"), "versions");
  const versions = await readdir(pyenv).catch(() => []);
  const candidates = [
    "python3.13",
    "python3.12",
    "python3",
    ...versions.filter((name) => /^3\.1[2-9]\./.test(name)).map((name) => join(pyenv, name, "bin", "python")),
  ];
  for (const python of candidates) {
    const version = await output(python, ["-c", "import sys; print(sys.version_info >= (3, 12))"]);
    if (version === "True") return python;
  }
  return undefined;
}

/**
 * The Python tool in a virtual environment of its own. Rejects where no Python of at least 3.12 is there, or the
 * installation fails.
 */
export async function pythonTool(): Promise<PythonTool> {
  const python = await virtualEnvironment(`python-tool-${VERSION}`, [`cassandra-rekey==${VERSION}`]);
  // By module: the scripts of a virtual environment name the folder in which it was made.
  return { python, command: [python, "-m", "cassandra_rekey.cli"] };
}

/** The Python tool's providers and moto, an independent server of AWS KMS: the interpreter that has both. */
export function pythonMoto(): Promise<string> {
  const packages = [`moto==${MOTO}`, "flask", "flask-cors", "boto3", `cassandra-rekey==${VERSION}`];
  return virtualEnvironment(`python-moto-${MOTO}-tool-${VERSION}`, packages);
}

/**
 * The interpreter of a virtual environment with packages, brought the first time into `$REKEY_CACHE`, or else
 * `~/.cache/cassandra-rekey`. Two that need it at once do not collide: a folder under its final name is complete.
 */
async function virtualEnvironment(name: string, packages: readonly string[]): Promise<string> {
  const base = await findPython();
  if (base === undefined)
    throw new Error("the Python tool needs a Python of at least 3.12, and none is there");
  const version = await output(base, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  const root = process.env.REKEY_CACHE || join(homedir(), ".cache", "cassandra-rekey");
  const home = join(root, `${name}-python-${version}`);
  const python = join(home, "bin", "python");
  if (existsSync(home)) return python;

  await mkdir(root, { recursive: true });
  const partial = join(root, `partial-${randomUUID()}`);
  try {
    await install(base, ["-m", "venv", partial]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await install(join(partial, "bin", "python"), [...pip, ...packages]);
    await rename(partial, home);
  } catch (error) {
    // Another run may have been faster: its folder is as good as ours.
    if (!existsSync(home)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return python;
}

/** Starts a command of the tool in a folder with its `config.yaml`. */
export function startPythonTool(
  tool: PythonTool,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): ChildProcess {
  const [program, ...before] = tool.command;
  return spawn(program, [...before, ...args, "--config", "config.yaml"], {
    cwd,
    // A terminal of this width keeps its lines whole.
    env: { PATH: process.env.PATH ?? "", HOME: cwd, COLUMNS: "200", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function install(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: INSTALL_TIMEOUT_MS }, (error, _, stderr) => {
      if (error) reject(new Error(`the Python tool could not be installed: ${stderr || error.message}`));
      else resolve();
    });
  });
}

/** What a program prints; undefined when it fails or is not there. */
function output(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 60_000 }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim()),
    );
  });
}
