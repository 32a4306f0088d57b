import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, SeededRandom } from "@cassandra-rekey/testkit";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Database } from "../src/database.ts";

// What a power cut leaves: the write-ahead log up to some byte, or with a last part that never became what was written.

const never = new AbortController().signal;
const JOBS = 12;
const damaged = "damaged.db";
let folder: string;
/** How long the log was when each job was acknowledged. */
const acknowledgedAt: number[] = [];
let log: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "state-file-"));
  using db = open("whole.db");
  await db.create(never);
  for (let job = 0; job < JOBS; job += 1) {
    const tables = JSON.stringify(["x".repeat(job * 300)]);
    await db.transaction(never, () =>
      db.run("INSERT INTO jobs VALUES (?, 'rekey', 'planned', 1, ?)", `job ${job}`, tables),
    );
    acknowledgedAt.push((await stat(join(folder, "whole.db-wal"))).size);
  }
  // Copied while it is open: closing it would move the log into the file.
  await copyFile(join(folder, "whole.db"), join(folder, "main"));
  log = await readFile(join(folder, "whole.db-wal"));
});
afterAll(() => rm(folder, { recursive: true }));

function open(name: string): Database {
  return new Database({ path: join(folder, name), clock: new ManualClock(), random: new SeededRandom(1) });
}

/** The jobs that a later process finds. */
async function found(wal: Uint8Array): Promise<number> {
  for (const suffix of ["-wal", "-shm"]) await rm(join(folder, damaged + suffix), { force: true });
  await copyFile(join(folder, "main"), join(folder, damaged));
  await writeFile(join(folder, `${damaged}-wal`), wal);
  using db = open(damaged);
  return db.read(never, () => {
    expect(db.get("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    const ids = db.all("SELECT job_id FROM jobs ORDER BY rowid").map(({ job_id }) => job_id);
    expect(ids).toEqual(Array.from(ids, (_, job) => `job ${job}`));
    return ids.length;
  });
}

const acknowledgedBy = (length: number) => acknowledgedAt.filter((size) => size <= length).length;

describe("a write-ahead log that was torn", () => {
  it("at any byte keeps every transaction that was acknowledged before, and no half of one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: acknowledgedAt[0]!, max: log.length }), async (length) => {
        expect(await found(log.subarray(0, length))).toBe(acknowledgedBy(length));
      }),
      { examples: [[log.length], [log.length - 1], [acknowledgedAt[0]!]] },
    );
  });

  it("and holds something else from there on, keeps the same", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: acknowledgedAt[0]!, max: log.length - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 5_000 }),
        async (length, rubbish) => {
          fc.pre(rubbish.some((byte, at) => byte !== log[length + at]));
          const torn = Buffer.concat([log.subarray(0, length), rubbish]);
          expect(await found(torn)).toBe(acknowledgedBy(length));
        },
      ),
    );
  });

  it("goes on from there: the next transaction is kept", async () => {
    await found(log.subarray(0, log.length - 10));
    {
      using db = open(damaged);
      await db.transaction(never, () =>
        db.run("INSERT INTO jobs VALUES ('next', 'rekey', 'planned', 1, '[]')"),
      );
    }
    using again = open(damaged);
    expect(await again.read(never, () => again.get("SELECT count(*) AS n FROM jobs"))).toEqual({
      n: BigInt(JOBS),
    });
  });
});
