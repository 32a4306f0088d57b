import { appendFile, chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SAMPLE_EVENTS } from "@cassandra-rekey/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { verifyAuditLog } from "../src/index.ts";
import { openLog, useFolder } from "./log-folder.ts";

const folder = useFolder();
let path: string;
beforeEach(() => {
  path = join(folder.path, "audit.jsonl");
});

const AT = Date.UTC(2026, 10, 25, 3, 0, 0);
const claimed = (chunkId: number) =>
  ({ type: "chunk.claimed", jobId: "j", table: "t", chunkId, attempt: 0 }) as const;
const entries = async () =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const typesWith = async (detail: string) => {
  path = join(folder.path, `${detail}.jsonl`);
  await using log = await openLog(path, { detail });
  for (const event of SAMPLE_EVENTS) await log.on(event, AT);
  return (await entries()).map(({ event }) => event.type as string);
};

describe("an audit log", () => {
  it("is a line of JSON for each event, chained to the line before, with who and when", async () => {
    {
      await using log = await openLog(path);
      await log.on(SAMPLE_EVENTS.find(({ type }) => type === "job.tuned")!, AT);
    }
    const [opened, tuned, closed] = await entries();
    expect(tuned).toMatchObject({
      seq: 2,
      at: "2026-11-25T03:00:00.000Z",
      by: expect.stringMatching(new RegExp(`^.+@.+:${process.pid}$`)),
      prev: opened.hash,
      event: { type: "job.tuned", by: "ann@pod-1", settings: { workers: 4, maxRowsPerSecond: 500 } },
    });
    expect([opened.event.type, closed.event.type]).toEqual(["log.opened", "log.closed"]);
    expect(opened.prev).toBe("0".repeat(64));
  });

  it("records as much as it is asked for", async () => {
    const [job, chunk, page] = [await typesWith("job"), await typesWith("chunk"), await typesWith("page")];
    expect(job).toEqual(
      expect.arrayContaining(["job.vetoed", "quarantine", "hook.missed", "table.finished"]),
    );
    expect(job.filter((type) => /^(chunk|page|lease|key)/.test(type))).toEqual([]);
    expect(chunk).toEqual(expect.arrayContaining([...job, "chunk.failed", "lease.late"]));
    expect(chunk).not.toContain("page.done");
    expect(page).toEqual(expect.arrayContaining([...chunk, "page.done", "key.call", "retry", "throttle"]));
    expect(page).not.toContain("table.progress");
  });

  it("counts quarantined cells by column and reason", async () => {
    await using log = await openLog(path);
    const quarantine = SAMPLE_EVENTS.find((event) => event.type === "quarantine")!;
    await log.on({ ...quarantine, entries: [...quarantine.entries, ...quarantine.entries] }, AT);
    expect((await entries()).at(-1).event).toEqual({
      type: "quarantine",
      jobId: quarantine.jobId,
      cells: [{ table: "customer", column: "email", reason: "no key opens it", count: 2 }],
    });
  });

  it("is its owner's alone, also where it was everyone's before", async () => {
    await writeFile(path, "");
    await chmod(path, 0o666);
    await using _ = await openLog(path);
    for (const file of [path, `${path}.lock`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("is continued by the next run", async () => {
    for (let run = 0; run < 3; run += 1) {
      await using log = await openLog(path);
      await log.on(claimed(run), AT);
    }
    expect(await verifyAuditLog(path)).toMatchObject({ whole: true, entries: 9, notes: [] });
  });

  it("goes on after entries that could not be written to their end, and says so", async () => {
    {
      await using log = await openLog(path);
      await log.on(claimed(1), AT);
      // Twice in a row, as on a full disk.
      await appendFile(path, '{"seq":3,"at":"2026-\n{"se');
      await log.on(claimed(2), AT);
    }
    const report = await verifyAuditLog(path);
    expect(report).toMatchObject({ whole: true, entries: 4 });
    expect(report.notes).toEqual([
      expect.stringContaining("line 3: an entry that was not written to its end"),
    ]);
  });

  it("that two hooks write at once is one chain", async () => {
    {
      await using one = await openLog(path);
      await using two = await openLog(path);
      await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).on(claimed(n), AT)));
    }
    expect(await verifyAuditLog(path)).toMatchObject({ whole: true, entries: 44 });
  });
});
