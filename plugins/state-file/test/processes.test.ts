import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { NewJob } from "@cassandra-rekey/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { FileStateStore } from "../src/file-state-store.ts";
import { clock, random } from "./processes/system-parts.ts";

const never = new AbortController().signal;
const WORKER = fileURLToPath(new URL("./processes/works-on-a-job.ts", import.meta.url));
/** A chunk that is taken from a process which the machine has only let wait would count its rows once more. */
const NOBODY_DIES_MS = 3_600_000;
/** What the dead leave is waited for; to take a chunk from the living does no harm there. */
const SOON_FREE_MS = 400;
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "state-file-"));
  path = join(folder, "jobs.db");
});
afterEach(() => rm(folder, { recursive: true }));

interface Line {
  readonly first?: string;
  readonly claimed?: number;
  readonly epoch: number;
  readonly chunk?: number;
  readonly seq: number;
  readonly scanned: number;
  readonly done: boolean;
  readonly ticks?: number;
}

async function plan(chunks: number): Promise<string> {
  const id = random.uuid();
  const ranges = Array.from({ length: chunks }, (_, index) => ({
    after: BigInt(index),
    upTo: BigInt(index + 1),
  }));
  const table = {
    keyspace: "app",
    name: "t",
    columns: ["c"],
    writeMode: "fenced",
    schema: undefined,
  } as const;
  const job: NewJob = { id, kind: "rekey", tables: [{ id: "t", ...table, ranges }] };
  await using store = new FileStateStore(path, clock, random);
  await store.createJob(job, never);
  return id;
}

interface Worker {
  readonly name: string;
  /** Killed as soon as it has told so many lines. */
  readonly killAfter?: number;
}

/** Starts worker processes, lets them begin together and collects what each of them tells. */
async function work(
  jobId: string,
  leaseMs: number,
  workers: readonly Worker[],
): Promise<readonly (readonly Line[])[]> {
  const gate = Promise.withResolvers<void>();
  let ready = 0;
  return Promise.all(
    workers.map(async ({ name, killAfter }) => {
      const child = spawn(process.execPath, [WORKER, path, jobId, name, String(leaseMs)], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const ended = once(child, "close");
      const lines: Line[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        lines.push(JSON.parse(line));
        if (lines.length === 1) {
          ready += 1;
          if (ready === workers.length) gate.resolve();
          await gate.promise;
          child.stdin.end();
        }
        if (lines.length === killAfter) child.kill("SIGKILL");
      }
      const [code, signal] = await ended;
      if (killAfter === undefined) expect([code, signal]).toEqual([0, null]);
      return lines;
    }),
  );
}

it("several processes share a job: each chunk is one's, and their timers go on firing", async () => {
  const jobId = await plan(300);
  const told = await work(jobId, NOBODY_DIES_MS, [{ name: "w1" }, { name: "w2" }, { name: "w3" }]);
  const done = told.map((lines) => lines.filter((line) => line.done).map((line) => line.chunk));
  for (const chunks of done) expect(chunks.length).toBeGreaterThan(0);
  expect(done.flat().toSorted((a, b) => a! - b!)).toEqual(Array.from({ length: 300 }, (_, index) => index));
  // While SQLite waits for a lock by itself, nothing fires at all: how often depends on the disk.
  for (const lines of told) expect(lines.at(-1)?.ticks).toBeGreaterThan(0);
  await using store = new FileStateStore(path, clock, random);
  expect(await store.progress(jobId, never)).toMatchObject([
    { chunks: { pending: 0, running: 0, done: 300, failed: 0 }, totals: { scanned: 300 * 3 } },
  ]);
});

it("processes that are killed at any moment lose nothing that was acknowledged", async () => {
  const jobId = await plan(60);
  const acknowledged: Line[] = [];
  for (const [round, killAfter] of [7, 20, 33, 46, 12, 5].entries()) {
    const told = await work(jobId, SOON_FREE_MS, [
      { name: `a${round}`, killAfter },
      { name: `b${round}`, killAfter: killAfter + 3 },
    ]);
    acknowledged.push(...told.flat().filter((line) => line.chunk !== undefined));
    const raw = new DatabaseSync(path);
    expect(raw.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    for (const line of acknowledged) {
      const row = raw.prepare("SELECT * FROM chunks WHERE chunk_id = ?").get(line.chunk!)!;
      if (line.done) expect(row.state, `chunk ${line.chunk} was finished`).toBe("done");
      const { scanned } = JSON.parse(String(row.totals)) as { scanned: number };
      expect(scanned, `chunk ${line.chunk} had got there`).toBeGreaterThanOrEqual(line.scanned);
      expect(Number(row.epoch)).toBeGreaterThanOrEqual(line.epoch);
    }
    raw.close();
  }
  const finished = acknowledged.filter((line) => line.done).map((line) => line.chunk);
  expect(new Set(finished).size, "no chunk is finished twice").toBe(finished.length);
  // What the dead held is free again when their leases have run out.
  await work(jobId, SOON_FREE_MS, [{ name: "last" }]);
  await using store = new FileStateStore(path, clock, random);
  expect(await store.progress(jobId, never)).toMatchObject([
    { chunks: { pending: 0, running: 0, done: 60 } },
  ]);
});
