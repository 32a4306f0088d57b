import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QuarantinedCell } from "@cassandra-rekey/engine";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import QuarantineExport from "../src/commands/quarantine/export.ts";
import QuarantineList from "../src/commands/quarantine/list.ts";
import QuarantineRetry from "../src/commands/quarantine/retry.ts";
import { runCommand } from "./command-harness.ts";
import { JOB_ID } from "./reports.ts";

const WRITETIME = 1_764_000_000_000_000n;

function cell(account: string, column: string, reason: string, writetime = WRITETIME): QuarantinedCell {
  const key = [
    { column: "region", text: "eu" },
    { column: "account", text: account },
  ];
  return { keyspace: "app", table: "users", column, reason, writetime, key, rowKey: "ZXU=.YQ==" };
}

async function* all() {
  yield cell("secret-person", "email", "no key opens it (v1: not-authentic)");
  yield cell("other-person", "email", "no key opens it (v1: not-authentic)", WRITETIME + 5_000_000n);
  yield cell("secret-person", "phone", "no key opens it (v1: not-this-format)");
}

const asked: unknown[] = [];
const engine = {
  quarantine: async (request?: { jobId?: string | undefined }) => {
    asked.push(request?.jobId);
    return { jobId: JOB_ID, cells: all() };
  },
};

describe("quarantine list", () => {
  it("counts by column and reason, and shows no primary key unless asked", async () => {
    const { stdout, exitCode } = await runCommand(QuarantineList, ["--job-id", JOB_ID], { engine });
    expect(asked.at(-1)).toBe(JOB_ID);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Job ${JOB_ID}: 3 cells in quarantine, left as they are`);
    expect(stdout).toMatch(
      /app\.users +email +2 +2025-11-24 16:00:05Z +no key opens it \(v1: not-authentic\)/,
    );
    expect(stdout).toMatch(/app\.users +phone +1 /);
    expect(stdout).not.toContain("person");
    const json = await runCommand(QuarantineList, ["--json"], { engine });
    expect(json.stdout).not.toContain("person");
    expect(JSON.parse(json.stdout)).toMatchObject({ jobId: JOB_ID, count: 3, groups: [{ cells: 2 }, {}] });
  });

  it("shows as many keys as asked for", async () => {
    const { stdout } = await runCommand(QuarantineList, ["--keys", "--limit", "1"], { engine });
    expect(stdout).toMatch(/app\.users +email +region=eu, account=secret-person +no key/);
    expect(stdout).not.toContain("other-person");
    const json = JSON.parse((await runCommand(QuarantineList, ["--keys", "--json"], { engine })).stdout);
    expect(json.cells).toHaveLength(3);
    expect(json.cells[0]).toMatchObject({
      key: { region: "eu", account: "secret-person" },
      writetime: Number(WRITETIME),
      rowKey: "ZXU=.YQ==",
    });
  });
});

describe("quarantine retry", () => {
  it.each([
    [{ rekeyed: 2, gone: 1, left: 0 }, 0],
    [{ rekeyed: 0, gone: 1, left: 2 }, 1],
  ])("that comes to %j ends with %i", async (counts, exit) => {
    const report = { jobId: JOB_ID, tried: 3, ...counts };
    const retrying = { retryQuarantine: async () => report };
    const { stdout, exitCode } = await runCommand(QuarantineRetry, [], { engine: retrying });
    expect(exitCode).toBe(exit);
    expect(stdout).toContain(`3 cells tried again: ${counts.rekeyed} rekeyed, 1 gone, ${counts.left} left`);
    const next = `Next: cassandra-rekey quarantine list --config config.yaml --job-id ${JOB_ID}\n`;
    expect(stdout.includes(next)).toBe(counts.left > 0);
    const json = await runCommand(QuarantineRetry, ["--json"], { engine: retrying });
    expect(JSON.parse(json.stdout)).toEqual(report);
  });
});

describe("quarantine export", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cassandra-rekey-export-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("writes a line for each cell to a file of the owner's own, and never over another", async () => {
    const file = join(folder, "quarantine.ndjson");
    const { stdout, exitCode } = await runCommand(QuarantineExport, ["--output", file], { engine });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`Job ${JOB_ID}: 3 quarantined cells written to ${file}\n`);
    const lines = (await readFile(file, "utf8")).trim().split("\n");
    expect(lines).toHaveLength(3);
    expect(JSON.parse(lines[1]!)).toMatchObject({ table: "users", key: { account: "other-person" } });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = await runCommand(QuarantineExport, ["--output", file], { engine });
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain("is there already");
  });
});
