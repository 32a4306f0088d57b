import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { jarsOf } from "../src/jvm/jar-cache.ts";
import { wantedCassandra } from "../src/wanted-cassandra.ts";

const wanted = wantedCassandra({ version: "5.0.9" });
let folder: string;
let cache: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jar-cache-test-"));
  cache = join(folder, "cache");
  vi.stubEnv("REKEY_CACHE", cache);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Puts a Maven on the PATH that makes the given files in the folder it is told, and counts its runs. */
async function maven(files: readonly string[], exitCode: number): Promise<() => Promise<number>> {
  const bin = join(folder, "bin");
  await mkdir(bin);
  const script = `#!/bin/sh
echo run >> "${join(folder, "runs")}-$$"
for arg in "$@"; do case "$arg" in -DoutputDirectory=*) out="\${arg#*=}";; esac; done
mkdir -p "$out"
for file in ${files.join(" ")}; do echo jar > "$out/$file"; done
exit ${exitCode}
`;
  await writeFile(join(bin, "mvn"), script);
  await chmod(join(bin, "mvn"), 0o755);
  vi.stubEnv("PATH", `${bin}${delimiter}${process.env.PATH}`);
  return async () => (await readdir(folder)).filter((name) => name.startsWith("runs-")).length;
}

test("the jars are brought once", async () => {
  const runs = await maven(["cassandra-all-5.0.9.jar"], 0);
  const first = await jarsOf(wanted);
  expect(await jarsOf(wanted)).toBe(first);
  expect(existsSync(join(first, "cassandra-all-5.0.9.jar"))).toBe(true);
  expect(await runs()).toBe(1);
});

test("two at once end with the same complete folder and leave nothing else", async () => {
  await maven(["cassandra-all-5.0.9.jar"], 0);
  const [one, other] = await Promise.all([jarsOf(wanted), jarsOf(wanted)]);
  expect(one).toBe(other);
  expect(await readdir(cache)).toEqual(["cassandra-5.0.9"]);
});

test.each([
  ["that failed", ["cassandra-all-5.0.9.jar"], 1],
  ["that lacks Cassandra itself", ["guava.jar"], 0],
])("a download %s is not taken as complete", async (_, files, exitCode) => {
  await maven(files, exitCode);
  await expect(jarsOf(wanted)).rejects.toMatchObject({ code: "CLUSTER.UNREACHABLE" });
  expect(await readdir(cache)).toEqual([]);
});

test("without Maven the error says so", async () => {
  vi.stubEnv("PATH", folder);
  await expect(jarsOf(wanted)).rejects.toThrow("Maven (mvn) is not");
});
