import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyAuditLog } from "../src/index.ts";
import { openLog, useFolder } from "./log-folder.ts";

const folder = useFolder();
let path: string;
beforeEach(() => {
  path = join(folder.path, "audit.jsonl");
});

const claimed = (chunkId: number) =>
  ({ type: "chunk.claimed", jobId: "j", table: "t", chunkId, attempt: 0 }) as const;
const refused = (message: string) => ({
  code: "HOOK.AUDIT_LOG",
  message: expect.stringContaining(message),
});
const script = (name: string) => join(import.meta.dirname, "processes", name);

describe("a log that cannot be trusted any more is not written to", () => {
  it("because its end was changed", async () => {
    await (await openLog(path))[Symbol.asyncDispose]();
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("log.closed", "log.opened"));
    await expect(openLog(path)).rejects.toMatchObject(refused("does not end with an entry of its chain"));
  });

  it("because something else was appended, or it never was a log", async () => {
    await writeFile(path, '{"not":"ours","hash":"1"}\n');
    await expect(openLog(path)).rejects.toMatchObject(refused("does not end with an entry of its chain"));
  });

  it("because it was made with another key", async () => {
    const secret = (text: string) => ({ secret: async () => Buffer.from(text) });
    const options = { key: { env: "AUDIT_KEY" } };
    await (await openLog(path, options, secret("one key")))[Symbol.asyncDispose]();
    await expect(openLog(path, options, secret("another"))).rejects.toMatchObject(refused("another key"));
  });

  it("because it became shorter, or is no longer at its place", async () => {
    const log = await openLog(path);
    await log.on(claimed(1), 1);
    await truncate(path, 100);
    await expect(log.on(claimed(2), 1)).rejects.toMatchObject(refused("became shorter"));
    await rename(path, `${path}.1`);
    await expect(log.on(claimed(2), 1)).rejects.toMatchObject(refused("moved, removed or replaced"));
    await log[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
  });
});

describe("a log that cannot be written fails the start", () => {
  it("where it is", async () => {
    await mkdir(path);
    await expect(openLog(path)).rejects.toMatchObject(refused("it is a folder"));
    await expect(openLog(join(folder.path, "none", "a"))).rejects.toMatchObject(
      refused("its folder is not there"),
    );
    await symlink(path, join(folder.path, "link"));
    await expect(openLog(join(folder.path, "link"))).rejects.toMatchObject(refused("symbolic link"));
  });

  it("where it may only be read", async () => {
    await chmod(folder.path, 0o555);
    // Permissions mean nothing to root: the process gives up being root first.
    const args = [script("opens-as-nobody.ts"), path];
    const child = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
    await chmod(folder.path, 0o755);
    expect(JSON.parse(child.stdout)).toMatchObject({
      code: "HOOK.AUDIT_LOG",
      message: `the audit log ${path} cannot be written: it may not be written`,
    });
  });
});

it("a full disk is told of, keeps what was acknowledged, and does not break the chain", async () => {
  await (await openLog(path))[Symbol.asyncDispose]();
  const command = `ulimit -f 8 && exec "${process.execPath}" "${script("fills-the-disk.ts")}" "${path}"`;
  const child = spawnSync("bash", ["-c", command], { encoding: "utf8", timeout: 60_000 });
  const outcome = JSON.parse(child.stdout);
  expect(outcome).toMatchObject(refused("cannot be written"));
  expect(outcome.acknowledged).toBeGreaterThan(3);
  {
    await using log = await openLog(path);
    await log.on(claimed(1), 1);
  }
  const report = await verifyAuditLog(path);
  expect(report.problems).toEqual([]);
  // Two of the first run, one that opened it in the child, three of the last.
  expect(report.entries).toBe(outcome.acknowledged + 6);
});

it("several processes make one chain, also when one is killed", async () => {
  const start = () => spawn(process.execPath, [script("writes-entries.ts"), path, "40"], { stdio: "ignore" });
  // Listened for from the start: a child may be done before the others are looked at.
  const ended = [start(), start(), start()].map((child) => once(child, "exit"));
  const killed = start();
  const isUnderWay = async () => existsSync(path) && (await readFile(path, "utf8")).split("\n").length > 20;
  await expect.poll(isUnderWay, { interval: 5 }).toBe(true);
  killed.kill("SIGKILL");
  const codes = (await Promise.all(ended)).map(([code]) => code);
  expect(codes).toEqual([0, 0, 0]);
  const report = await verifyAuditLog(path);
  expect(report.problems).toEqual([]);
  expect(report.entries).toBeGreaterThanOrEqual(3 * 42);
});
