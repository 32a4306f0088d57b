import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_CONFIG_BYTES, readConfigText } from "../../src/config/config-file.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { SMALLEST } from "./load.ts";

describe("a configuration file", () => {
  let folder: string;
  const file = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const refused = (path: string) =>
    readConfigText(path).then(
      () => "read",
      (error) => `${error.code} ${error.message}`,
    );

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-config-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is read from where it is, and relative names start there", async () => {
    const path = await file("good.yaml", SMALLEST.replace("{ old_key_env: OLD", "{ old_key_file: keys/old"));
    const config = await loadConfig(path);
    expect(config.directory).toBe(folder);
    expect(config.settings.keys.previous[0]?.options).toEqual({ key: { file: "keys/old" } });
  });

  it("may be a pipe", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe], { timeout: 10_000 });
    const [text] = await Promise.all([readConfigText(pipe), writeFile(pipe, SMALLEST)]);
    expect(text).toBe(SMALLEST);
  });

  it("may begin with a byte order mark", async () => {
    expect(await readConfigText(await file("bom.yaml", `\uFEFF${SMALLEST}`))).toBe(SMALLEST);
  });

  it("is refused when it is not there, or not a file", async () => {
    await mkdir(join(folder, "directory"));
    const path = await file("plain.yaml", "");
    expect(await refused(join(folder, "none.yaml"))).toMatch(
      /^CONFIG\.UNREADABLE .*none\.yaml does not exist$/,
    );
    expect(await refused(join(folder, "directory"))).toMatch(/directory is a directory$/);
    expect(await refused(join(path, "below.yaml"))).toMatch(/below\.yaml does not exist$/);
  });

  it("is refused when it may not be read", async () => {
    const denied = Object.assign(new Error("denied"), { code: "EACCES" });
    await expect(readConfigText("x.yaml", () => Promise.reject(denied))).rejects.toThrow(
      "x.yaml may not be read by this user",
    );
  });

  it.each([
    ["UTF-16", Buffer.from(`\uFEFF${SMALLEST}`, "utf16le")],
    ["Latin-1", Buffer.from("# Schlüssel\n", "latin1")],
    ["a binary file", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])],
  ])("is refused when it is %s", async (_, bytes) => {
    expect(await refused(await file("encoded.yaml", bytes))).toMatch(/is not UTF-8 text$/);
  });

  it("is refused when it is larger than any configuration, and is not read to its end", async () => {
    const largest = await file("largest.yaml", "#".repeat(MAX_CONFIG_BYTES));
    const larger = await file("larger.yaml", "#".repeat(MAX_CONFIG_BYTES + 1));
    expect(await readConfigText(largest)).toHaveLength(MAX_CONFIG_BYTES);
    expect(await refused(larger)).toMatch(/is larger than 1 MiB$/);
    expect(await refused("/dev/zero")).toMatch(/is larger than 1 MiB$/);
  });
});
