import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type CliResult, runCli, startCli } from "../cli.ts";
import { checkAll, configFor, type FixtureTable, newFernetKey, seed } from "../fixture-table.ts";
import { AWS_ENV, type KmsServices, kmsProject, startKms } from "../kms-services.ts";
import { eventually, statusOf } from "../state-of-job.ts";

const ROWS = 600;
/** Data keys change all the time, so that a key service that fails is noticed at once. */
const DATA_KEYS = { data_keys: { max_cells: 10, cached: 1, cached_seconds: 1 } };
/** More than a hundred data keys are needed, one after the other: a run lasts long enough to be caught in the middle. */
const LATENCY_MS = 200;
/** One request at a time, for small pages: a run that can be caught in the middle. */
const SLOW = { workers: 2, page_size: 5, max_in_flight: 1, checkpoint_interval_ms: 100 };

/** How long the service stays away once the job is held: a minute at night. */
const OUTAGE_MS = Number(process.env.REKEY_TEST_TIMES ?? 1) > 1 ? 60_000 : 0;

const db = useKeyspace({ beforeAll, afterAll });
let kms: KmsServices;

beforeAll(async () => {
  kms = await startKms();
});
afterAll(async () => {
  await kms[Symbol.asyncDispose]();
});

let folder: Awaited<ReturnType<typeof kmsProject>>;
let fixture: FixtureTable;
let fernet: string;
let env: Record<string, string>;
/** All that commands printed. */
let printed: string;

beforeEach(async () => {
  folder = await kmsProject();
  fernet = newFernetKey();
  fixture = await seed(db.client, db.keyspace, {
    key: fernet,
    rows: ROWS,
    name: `people_${randomUUID().slice(0, 8)}`,
  });
  env = { ...AWS_ENV, FERNET: fernet };
  printed = "";
});
afterEach(async () => {
  setLatency(0);
  // Whatever a test left it as.
  await kms.aws.stop();
  await kms.aws.resume();
  await folder[Symbol.asyncDispose]();
});

function setLatency(ms: number): void {
  kms.aws.latencyMs = ms;
  kms.gcp.latencyMs = ms;
}

const fernetKey = (version: string) => ({ provider: "fernet", version, key: { env: "FERNET" } });

/** Commands over a table of the fixture, from one key to another. */
async function rotation(target: object, previous: object) {
  const { provider: _, ...base } = configFor(db.cluster, [fixture]);
  const tables = base.tables.map((table) => ({ ...table, chunks: 4 }));
  const config = {
    ...base,
    tables,
    keys: { target, previous: [previous] },
    state: { type: "file", path: "state.db" },
    execution: SLOW,
  };
  const options = { cwd: folder.path, env, config };
  const keep = (result: CliResult) => {
    printed += result.stdout + result.stderr;
    return result;
  };
  const run = async (...args: string[]) => keep(await runCli([...args, "--log-level", "trace"], options));
  await run("init-state");
  const { jobId } = (await run("plan", "--json")).json as { jobId: string };
  return {
    jobId,
    run,
    start: () => startCli(["run", "--json", "--job-id", jobId, "--log-level", "trace"], options),
    keep,
    status: () => statusOf(jobId, { cwd: folder.path, env }),
  };
}

async function rekeyed(status: () => ReturnType<typeof statusOf>): Promise<number> {
  return (await status()).tables[0]!.rows.rekeyed;
}

/** Resolves when the run has used some data keys, of the more than a hundred that it needs. */
async function inTheMiddle(calls: () => number): Promise<void> {
  const before = calls();
  await eventually("some data keys are used up", calls, (count) => count > before + 8);
}

/** Nothing that was printed or stored holds a key, a plaintext or a ciphertext. */
async function expectNoSecrets(): Promise<void> {
  const files = await readdir(folder.path, { withFileTypes: true });
  const stored = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(folder.path, file.name))),
  );
  const all = [Buffer.from(printed), ...stored];
  const { rows } = await db.client.execute(
    `SELECT email, document FROM ${fixture.keyspace}.${fixture.name}`,
    [],
    { fetchSize: 5_000 },
  );
  const secrets = [
    ...Object.values(AWS_ENV).slice(1, 2),
    fernet,
    Buffer.from(fernet, "base64url"),
    ...[...kms.aws.calls.dataKeys, ...kms.gcp.calls.dataKeys],
    ...fixture.rows.flatMap(({ cells }) => Object.values(cells).map((cell) => cell?.plaintext)),
    ...rows.flatMap((row) => [row.get("email") as string, row.get("document") as Buffer | null]),
  ].filter((secret) => secret !== undefined && secret !== null);
  expect(secrets.length).toBeGreaterThan(ROWS * 2);
  // A part tells as much as the whole, and survives being cut off.
  const spellings = secrets.flatMap((secret) => {
    const bytes = Buffer.from(secret as string).subarray(-40);
    return [
      bytes,
      bytes.toString("hex"),
      bytes.toString("base64"),
      bytes.toString("base64url"),
      `${bytes.toJSON().data}`,
    ];
  });
  const leaks = spellings.filter((spelling) => all.some((place) => place.includes(spelling)));
  expect(leaks.length).toBe(0);
}

describe("a key service that fails in the middle of a run", () => {
  it("an outage holds the job with the reason in status; it goes on by itself and loses nothing", async () => {
    const { options } = kms.awsKey("v2", { ...DATA_KEYS, max_attempts: 1 });
    const job = await rotation(options, fernetKey("v1"));
    setLatency(LATENCY_MS);
    const running = await job.start();
    await eventually(
      "rows are rekeyed",
      () => rekeyed(job.status),
      (count) => count > 0,
    );
    await kms.aws.stop();
    const held = await eventually("status names the reason", job.status, ({ workers }) =>
      workers.some(({ waiting }) => waiting?.startsWith("waiting for a key service: AWS KMS") ?? false),
    );
    expect(held.state).toBe("running");
    await sleep(OUTAGE_MS);
    expect(await rekeyed(job.status)).toBeLessThan(ROWS);
    await kms.aws.resume();
    setLatency(0);
    const { status, json } = job.keep(await running.ended);
    expect(status).toBe(0);
    expect(json).toMatchObject({ outcome: "done", totals: { scanned: ROWS, rekeyed: ROWS, quarantined: 0 } });

    // Back again, through a service that is throttled at first.
    const end = kms.aws.fault({ kind: "throttled" }, { operations: ["Decrypt"], times: 5 });
    const back = await rotation(fernetKey("v3"), { ...options, data_keys: undefined });
    expect(await back.run("run", "--json", "--job-id", back.jobId)).toMatchObject({ status: 0 });
    end();
    expect(await checkAll(db.client, fixture, { key: fernet, writetimeShift: 2 })).toEqual([]);
    await expectNoSecrets();
  }, 180_000);

  it.each(["aws", "gcp"] as const)(
    "%s: a key that is disabled stops the job, with the way out; enabled again, it goes on from there",
    async (cloud) => {
      const aws = kms.awsKey("v2", DATA_KEYS);
      const gcp = kms.gcpKey("v2", DATA_KEYS);
      const job = await rotation(cloud === "aws" ? aws.options : gcp.options, fernetKey("v1"));
      setLatency(LATENCY_MS);
      const running = await job.start();
      await inTheMiddle(() => kms.aws.calls.of("GenerateDataKey") + kms.gcp.calls.of("Encrypt"));
      if (cloud === "aws") aws.key.state = "Disabled";
      else gcp.key.primary.state = "DISABLED";
      const stopped = job.keep(await running.ended);
      setLatency(0);
      expect(stopped.status).toBe(4);
      const { error } = stopped.json;
      expect(error.code).toBe("KEY.REFUSED");
      expect(error.message).toContain(cloud === "aws" ? aws.key.arn : gcp.key.primary.name);
      expect(error.hint).toMatch(/console.*Enable; then `run` again/);
      const half = await rekeyed(job.status);
      expect(half).toBeLessThan(ROWS);

      if (cloud === "aws") aws.key.state = "Enabled";
      else gcp.key.primary.state = "ENABLED";
      const resumed = await job.run("run", "--json", "--job-id", job.jobId);
      expect(resumed).toMatchObject({ status: 0, json: { outcome: "done" } });
      expect((await job.run("verify", "--json")).json).toMatchObject({ clean: true, quarantined: 0 });
      await expectNoSecrets();
    },
  );
});

it("doctor and a dry run say how many calls a key service gets, and about what they cost", async () => {
  const { options } = kms.awsKey("v2", { price_per_10000: 0.15 });
  const job = await rotation(options, fernetKey("v1"));
  const { checks } = (await job.run("doctor", "--json")).json as {
    checks: { check: string; message: string }[];
  };
  expect(checks.filter(({ check }) => check === "keys.cost").map(({ message }) => message)).toEqual([
    "a million cells take about 31 calls to the key service of target key v2, less than 0.01 USD at 0.15 per 10,000 (aws.amazon.com/kms/pricing)",
  ]);
  kms.aws.calls.clear();
  const dry = await job.run("run", "--dry-run", "--json");
  const said = /(\d+) calls to the key service of key v2, less than 0.01 USD/.exec(dry.json.notes.join("\n"));
  const made = kms.aws.calls.of("GenerateDataKey") + kms.aws.calls.of("Decrypt");
  expect(Number(said?.[1])).toBeGreaterThan(1);
  expect(Number(said?.[1])).toBeLessThanOrEqual(made);
});
