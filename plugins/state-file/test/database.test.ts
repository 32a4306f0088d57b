import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { ManualClock, SeededRandom } from "@cassandra-rekey/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Database } from "../src/database.ts";

const never = new AbortController().signal;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "state-file-"));
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

function database(path = join(folder, "jobs.db"), fileSystemType?: (path: string) => number): Database {
  const parts = { path, clock: new ManualClock(), random: new SeededRandom(1) };
  return new Database(fileSystemType ? { ...parts, fileSystemType } : parts);
}

describe("a new file", () => {
  it("is told of once, and is for its owner alone", async () => {
    using db = database();
    expect(await db.create(never)).toEqual([`created ${db.path}`]);
    expect(await db.create(never)).toEqual([]);
    await db.transaction(never, () => db.run("INSERT INTO jobs VALUES ('j', 'rekey', 'planned', 1, '[]')"));
    for (const name of ["jobs.db", "jobs.db-wal", "jobs.db-shm"])
      expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it("gets its tables also where an empty file is there", async () => {
    await writeFile(join(folder, "jobs.db"), "");
    using db = database();
    expect(await db.create(never)).toEqual([`created the tables in ${db.path}`]);
  });

  it("is written through to the disk before a transaction is acknowledged", async () => {
    using db = database();
    await db.create(never);
    const pragma = (name: string) => db.read(never, () => Object.values(db.get(`PRAGMA ${name}`)!)[0]);
    // 2 is FULL: in WAL mode a lower level may lose what was acknowledged when the power fails.
    expect([await pragma("journal_mode"), await pragma("synchronous")]).toEqual(["wal", 2n]);
  });
});

describe("a lock of another process", () => {
  it("is waited for without stopping the event loop", async () => {
    using db = database();
    await db.create(never);
    const clock = { ...systemTime(), wallMs: Date.now };
    using waiting = new Database({ path: db.path, clock, random: new SeededRandom(1) });
    const holder = new DatabaseSync(db.path);
    holder.exec("BEGIN IMMEDIATE");
    let entered = false;
    const transaction = waiting.transaction(never, () => {
      entered = true;
    });
    // Nothing else fires while SQLite waits for a lock by itself.
    await ticks(50);
    expect(entered).toBe(false);
    holder.exec("COMMIT");
    holder.close();
    await transaction;
    expect(entered).toBe(true);
  });

  it("is waited for only until the signal aborts, and not for ever", async () => {
    using db = database();
    await db.create(never);
    const holder = new DatabaseSync(db.path);
    holder.exec("BEGIN IMMEDIATE");
    const stop = new AbortController();
    const aborted = db.transaction(stop.signal, () => {});
    stop.abort(new DOMException("enough", "AbortError"));
    await expect(aborted).rejects.toThrow("enough");

    const clock = new ManualClock();
    using patient = new Database({ path: db.path, clock, random: new SeededRandom(1) });
    const outcome = patient.transaction(never, () => {}).catch((error) => error);
    expect(await clock.run(outcome)).toMatchObject({
      code: "STATE.UNAVAILABLE",
      retryable: true,
      message: expect.stringContaining("locked by another process"),
    });
    holder.close();
  });
});

describe("a file that cannot be used", () => {
  it.each([
    ["NFS", 0x6969],
    ["CIFS", 0xff534d42 | 0],
    ["SMB2", 0xfe534d42],
    ["FUSE", 0x65735546],
  ])("is refused on %s, new or there before", async (name, type) => {
    using there = database();
    await there.create(never);
    for (const path of [there.path, join(folder, "new.db")]) {
      using db = database(path, () => type);
      const refusal = {
        code: "STATE.STORAGE",
        message: expect.stringContaining(`network file system (${name})`),
      };
      await expect(db.create(never)).rejects.toMatchObject(refusal);
      if (existsSync(path)) await expect(db.read(never, () => {})).rejects.toMatchObject(refusal);
    }
    expect(existsSync(join(folder, "new.db"))).toBe(false);
  });

  it("is refused as well where only the file itself lies on one, by a link or a mount", async () => {
    using local = database();
    await local.create(never);
    const link = join(folder, "link.db");
    await symlink(local.path, link);
    // The folder is local.
    using db = database(link, (path) => (path === link ? 0x6969 : 0xef53));
    await expect(db.create(never)).rejects.toMatchObject({ code: "STATE.STORAGE" });
  });

  it.each([0, 2])("is left alone where it is another program's database, of version %i", async (version) => {
    const path = join(folder, `other-${version}.db`);
    const other = new DatabaseSync(path);
    other.exec(`CREATE TABLE theirs (a); PRAGMA user_version = ${version}`);
    other.close();
    const before = await readFile(path);
    using db = database(path);
    const refusal = { code: "STATE.CORRUPT", message: expect.stringContaining("not a state file") };
    await expect(db.create(never)).rejects.toMatchObject(refusal);
    await expect(db.read(never, () => {})).rejects.toMatchObject(refusal);
    expect(await readFile(path)).toEqual(before);
  });

  it("is not written to any more when it was removed, or another one is in its place", async () => {
    using db = database(join(folder, "gone.db"));
    await db.create(never);
    await rename(db.path, `${db.path}.away`);
    await expect(db.transaction(never, () => {})).rejects.toMatchObject({ code: "STATE.NOT_INITIALISED" });
    using other = database(db.path);
    await other.create(never);
    const add = () => db.run("INSERT INTO jobs VALUES ('j', 'rekey', 'planned', 0, '[]')");
    await db.transaction(never, add);
    await rm(db.path);
    // Whoever plans makes a new one, for everybody.
    expect(await db.create(never)).toEqual([`created ${db.path}`]);
    await db.transaction(never, add);
    using third = database(db.path);
    expect(await third.read(never, () => third.all("SELECT job_id FROM jobs"))).toHaveLength(1);
  });

  it("is accepted on local file systems", async () => {
    using db = database(undefined, () => 0xef53);
    expect(await db.create(never)).toHaveLength(1);
  });

  it("says which folder is missing", async () => {
    using db = database(join(folder, "missing", "jobs.db"));
    await expect(db.create(never)).rejects.toMatchObject({
      code: "STATE.STORAGE",
      message: expect.stringContaining(join(folder, "missing")),
    });
    expect(() => db.exists, "jobs could not be kept there").toThrow(/is the folder .*missing there/);
    using absent = database();
    expect(() => absent.get("SELECT 1")).toThrow(/there is no state file/);
  });

  it("says that the path is a folder", async () => {
    await mkdir(join(folder, "jobs.db"));
    using db = database();
    for (const call of [db.create(never), db.read(never, () => {})])
      await expect(call).rejects.toMatchObject({
        code: "STATE.STORAGE",
        message: expect.stringContaining("it is a folder"),
      });
  });

  it("says that it is not a database, and leaves it as it is", async () => {
    const path = join(folder, "jobs.db");
    const text = "a shopping list, much longer than the header of a database\n".repeat(40);
    await writeFile(path, text);
    using db = database();
    for (const call of [db.create(never), db.read(never, () => {})])
      await expect(call).rejects.toMatchObject({ code: "STATE.CORRUPT", retryable: false });
    expect(await readFile(path, "utf8")).toBe(text);
  });

  it("says that a newer version wrote it, and leaves it as it is", async () => {
    using db = database();
    await db.create(never);
    db[Symbol.dispose]();
    const raw = new DatabaseSync(db.path);
    raw.exec("PRAGMA user_version = 99");
    for (const call of [db.create(never), db.read(never, () => {})])
      await expect(call).rejects.toMatchObject({
        code: "STATE.CORRUPT",
        message: expect.stringContaining("newer version (format 99"),
      });
    expect(raw.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
    raw.close();
  });

  it("is left as it is as well where a newer version upgrades it while this one waits for its lock", async () => {
    await writeFile(join(folder, "jobs.db"), "");
    const raw = new DatabaseSync(join(folder, "jobs.db"));
    raw.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; PRAGMA user_version = 99; CREATE TABLE jobs (a)");
    const clock = { ...systemTime(), wallMs: Date.now };
    using waiting = new Database({ path: join(folder, "jobs.db"), clock, random: new SeededRandom(1) });
    const outcome = waiting.create(never).catch((error: unknown) => error);
    await ticks(20);
    raw.exec("COMMIT");
    expect(await outcome).toMatchObject({ code: "STATE.CORRUPT", message: expect.stringContaining("newer") });
    expect(raw.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
    raw.close();
  });

  it("says that its folder may not be written to", async () => {
    await chmod(folder, 0o555);
    // Permissions mean nothing to root: the process gives up being root first.
    expect(inProcess("creates-as-nobody.ts", join(folder, "jobs.db"))).toMatchObject({
      code: "STATE.STORAGE",
      message: expect.stringContaining("no permission"),
    });
  });

  it("is not taken for none at all where its folder is closed to the user", async () => {
    using db = database();
    await db.create(never);
    await chmod(folder, 0o700);
    expect(inProcess("lists-as-nobody.ts", db.path)).toMatchObject({
      code: "STATE.STORAGE",
      message: expect.stringContaining("no permission"),
    });
  });

  it("is not taken for one that is still to be made where it cannot be", async () => {
    await chmod(folder, 0o755);
    expect(inProcess("lists-as-nobody.ts", join(folder, "new.db"))).toMatchObject({
      code: "STATE.STORAGE",
      message: expect.stringContaining("no permission"),
    });
  });

  it("says that the disk is full, and keeps what was acknowledged", async () => {
    using db = database();
    await db.create(never);
    const outcome = inProcess("fills-the-disk.ts", db.path);
    expect(outcome).toMatchObject({ code: "STATE.STORAGE", message: expect.stringContaining(db.path) });
    const { n } = await db.read(never, () => db.get("SELECT count(*) AS n FROM jobs")!);
    expect(Number(n)).toBe(outcome.acknowledged);
    expect(outcome.acknowledged).toBeGreaterThan(0);
    expect(db.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    await db.transaction(never, () => db.run("DELETE FROM jobs"));
  });
});

interface Outcome {
  readonly code: string;
  readonly message: string;
  readonly acknowledged: number;
}

/** Runs a script that may write at most 200 KiB to a file, and tells how it fared. */
function inProcess(script: string, path: string): Outcome {
  const file = fileURLToPath(new URL(`./processes/${script}`, import.meta.url));
  const limited = 'ulimit -f 200 && exec "$0" "$@"';
  const { stdout, stderr } = spawnSync("bash", ["-c", limited, process.execPath, file, path], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

function systemTime() {
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  return { monotonicMs: () => performance.now(), sleep, timeout: AbortSignal.timeout };
}

/** Resolves when a timer has fired so many times. */
function ticks(count: number): Promise<void> {
  return new Promise((resolve) => {
    let fired = 0;
    const timer = setInterval(() => {
      fired += 1;
      if (fired < count) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
}

it.each([
  [1, "controls"],
  [2, "key_checks"],
])("upgrades a file of version %i, which has no %s, when it is opened", async (version, missing) => {
  using db = database();
  await db.create(never);
  const raw = new DatabaseSync(db.path);
  raw.exec(`DROP TABLE ${missing}; PRAGMA user_version = ${version}`);
  raw.close();
  using later = new Database({ path: db.path, clock: new ManualClock(), random: new SeededRandom(1) });
  expect(await later.read(never, () => later.all(`SELECT * FROM ${missing}`))).toEqual([]);
  expect(await later.create(never)).toEqual([]);
});
