import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";

/** The release that is compared with. */
export const CRYPTOGRAPHY = "50.0.2";

/** A Python of this machine that can install packages. */
export interface Python {
  readonly command: string;
  /** Such as `3.12`. */
  readonly version: string;
}

/** Answers JSON lines with JSON lines, one each, until it is disposed of. */
export interface Peer extends AsyncDisposable {
  ask<Answer>(question: object): Promise<Answer>;
}

/** The first Python >= 3.9 with pip, or `undefined` where there is none. */
export async function findPython(): Promise<Python | undefined> {
  const look = "import sys, pip; assert sys.version_info >= (3, 9); print('%d.%d' % sys.version_info[:2])";
  for (const command of ["python3", "python"]) {
    const version = await output(command, ["-c", look]).catch(() => undefined);
    if (version !== undefined) return { command, version: version.trim() };
  }
  return undefined;
}

/**
 * Where `cryptography` is installed for this Python, outside of its own packages: in `$REKEY_CACHE`, or else
 * `~/.cache/cassandra-rekey`. A folder under its final name is complete, because it is renamed last.
 */
export async function cryptographyFor({ command, version }: Python): Promise<string> {
  const root = process.env.REKEY_CACHE || join(homedir(), ".cache", "cassandra-rekey");
  const home = join(root, `python-${version}-cryptography-${CRYPTOGRAPHY}`);
  if (existsSync(home)) return home;
  await mkdir(root, { recursive: true });
  const partial = join(root, `partial-${randomUUID()}`);
  try {
    const quiet = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    const wanted = `cryptography==${CRYPTOGRAPHY}`;
    await output(command, ["-m", "pip", "install", ...quiet, `--target=${partial}`, wanted]);
    await rename(partial, home);
  } catch (error) {
    // Another process may have been faster: its folder is as good as ours.
    if (!existsSync(home)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return home;
}

/** Starts a Python script that has `cryptography` and speaks JSON lines. `before`: what the command is run by. */
export async function pythonPeer(
  python: Python,
  script: string,
  before: readonly string[] = [],
): Promise<Peer> {
  const env = { ...process.env, PYTHONPATH: await cryptographyFor(python) };
  return startPeer([...before, python.command, script], env);
}

/** Starts a program that speaks JSON lines. */
export function startPeer([command, ...args]: readonly string[], env = process.env): Peer {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(command!, args, {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask<Answer>(question: object) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ${args.join(" ")} gave no answer`);
      return JSON.parse(value) as Answer;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

async function output(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const [[code], out, complaint] = await Promise.all([
    once(child, "close"),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}\n${complaint}`);
  return out;
}
