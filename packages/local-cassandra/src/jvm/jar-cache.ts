import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { notStarted } from "../not-started.ts";
import type { WantedCassandra } from "../options.ts";
import { runCommand } from "../run-command.ts";
import { requiredJava } from "./find-java.ts";

const POM = fileURLToPath(new URL("../../maven/pom.xml", import.meta.url));
const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const ABANDONED_MS = 60 * 60_000;

/**
 * The folder with the jars of a version, brought by Maven the first time: in `$REKEY_CACHE`, or else
 * `~/.cache/cassandra-rekey`. A folder under its final name is complete, because it is renamed last.
 */
export async function jarsOf(wanted: WantedCassandra): Promise<string> {
  const root = process.env.REKEY_CACHE || join(homedir(), ".cache", "cassandra-rekey");
  const home = join(root, `cassandra-${wanted.version}`);
  const jars = join(home, "lib");
  if (existsSync(jars)) return jars;

  wanted.progress(`downloading Cassandra ${wanted.version} with Maven into ${home} (once, about 70 MB)`);
  await mkdir(root, { recursive: true });
  await removeAbandoned(root);
  const partial = join(root, `partial-${randomUUID()}`);
  try {
    await copyDependencies(wanted.version, join(partial, "lib"));
    await rename(partial, home);
  } catch (error) {
    // Another process may have been faster: its folder is as good as ours.
    if (!existsSync(jars)) throw error;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return jars;
}

async function copyDependencies(version: string, into: string): Promise<void> {
  const { code, output } = await runCommand(
    "mvn",
    [
      "--batch-mode",
      "--quiet",
      `--file=${POM}`,
      `-Dcassandra.version=${version}`,
      "-DincludeScope=runtime",
      `-DoutputDirectory=${into}`,
      "dependency:copy-dependencies",
    ],
    { timeoutMs: DOWNLOAD_TIMEOUT_MS },
  );
  if (code === undefined) {
    throw notStarted(
      `Cassandra ${version} cannot be started here: no Docker engine answers, and Java ${requiredJava(version)} is there but Maven (mvn) is not.`,
      "Install Maven, or start a Docker engine.",
    );
  }
  if (code !== 0 || !existsSync(join(into, `cassandra-all-${version}.jar`))) {
    const lines = output.split("\n").filter((line) => line.trim() !== "");
    throw notStarted(
      `Maven could not bring Cassandra ${version}: ${lines[0] ?? `exit code ${code}`}`,
      "Check the network and Maven's settings, then try again.",
      lines.slice(0, 10),
    );
  }
}

async function removeAbandoned(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith("partial-")) continue;
    const path = join(root, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
  }
}
