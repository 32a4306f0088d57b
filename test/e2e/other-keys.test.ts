import { join } from "node:path";
import { isRekeyError, type Logger } from "@cassandra-rekey/core";
import { buildPluginIndex, type Engine, openEngine, packagesOf, parseConfig } from "@cassandra-rekey/engine";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { checkAll, configFor, newFernetKey, seed } from "../fixture-table.ts";
import { AWS_ENV, kmsProject, REGION, startKms } from "../kms-services.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };
const plugins = buildPluginIndex([
  ...packagesOf(join(import.meta.dirname, "../../packages/cli/package.json")),
  ...packagesOf(join(import.meta.dirname, "../package.json")),
]);

const db = useKeyspace({ beforeAll, afterAll });
beforeAll(() => {
  for (const [name, value] of Object.entries(AWS_ENV)) vi.stubEnv(name, value);
});
afterAll(() => void vi.unstubAllEnvs());

/** A host: an engine over the table with keys of its own, and the state tables that all hosts share. */
async function openHost(fixture: Awaited<ReturnType<typeof seed>>, keys: object, env: object, folder = "/") {
  const { provider: _, ...base } = configFor(db.cluster, [fixture]);
  const state = { type: "cassandra", keyspace: `${db.keyspace}_state` };
  const text = JSON.stringify({ ...base, state, keys, execution: { settle_seconds: 1 } });
  return openEngine(parseConfig(text, join(folder, "config.yaml")), {
    plugins,
    logger: silent,
    env: env as NodeJS.ProcessEnv,
  });
}

const fernet = (version: string) => ({ provider: "fernet", version, key: { env: version } });
const FERNET = { target: fernet("v2"), previous: [fernet("v1")] };

/** What every command that opens cells answers on a host with another key. */
async function refusals(host: Engine, jobId: string): Promise<readonly string[]> {
  const calls = [
    host.run({ jobId }),
    host.dryRun({ jobId }),
    host.rollback({ jobId }),
    host.retryQuarantine({ jobId }),
  ];
  const ends = await Promise.all(calls.map((call) => call.catch((error: unknown) => error)));
  return ends.map((end) => (isRekeyError(end) ? `${end.code} ${end.message}` : "went through"));
}

it("a host whose key of the same version is another one writes nothing, and the others go on", async () => {
  const [v1, v2, v2Elsewhere] = [newFernetKey(), newFernetKey(), newFernetKey()];
  const fixture = await seed(db.client, db.keyspace, { key: v1, rows: 40, name: "people" });
  await using a = await openHost(fixture, FERNET, { v1, v2 });
  await using b = await openHost(fixture, FERNET, { v1, v2: v2Elsewhere });
  await a.init();
  const { jobId, warnings } = await a.plan();
  expect(warnings).toEqual([]);

  const answers = await refusals(b, jobId);
  expect(new Set(answers.map((answer) => answer.replace(/ on \S+| from \S+/g, "")))).toEqual(
    new Set([`KEY.MISMATCH key v2 is not the key v2 that job ${jobId} has`]),
  );
  const checked = await Promise.all([a.doctor(), b.doctor()]);
  const verdicts = checked.flatMap(({ checks }) => checks.filter(({ check }) => check === "keys.jobs"));
  expect(verdicts.map(({ level }) => level)).toEqual(["OK", "FAIL"]);
  expect(await b.status(jobId)).toMatchObject({ state: "planned" });
  expect((await a.jobs()).map(({ id }) => id)).toEqual([jobId]);
  expect(await checkAll(db.client, fixture, { key: v1, writetimeShift: 0 })).toEqual([]);

  // As a version that did not record it left the job: the first host that comes makes up for it.
  const { rows } = await db.client.execute(`SELECT * FROM ${db.keyspace}_state.rekey_key_checks`);
  expect(rows).toHaveLength(2);
  await db.client.execute(`TRUNCATE ${db.keyspace}_state.rekey_key_checks`);
  expect(await a.run({ jobId })).toMatchObject({ outcome: "done" });
  expect(await refusals(b, jobId)).toEqual(answers);
  expect(await checkAll(db.client, fixture, { key: v2 })).toEqual([]);
});

it("plans where the keys are not, says so, and compares them when the job is run", async () => {
  const [v1, v2] = [newFernetKey(), newFernetKey()];
  const fixture = await seed(db.client, db.keyspace, { key: v1, rows: 5, name: "elsewhere" });
  await using keyless = await openHost(fixture, FERNET, {});
  await using a = await openHost(fixture, FERNET, { v1, v2 });
  await a.init();
  const { jobId, warnings } = await keyless.plan();
  expect(warnings).toEqual([expect.stringContaining("CONFIG.SECRET_MISSING")]);
  expect(await a.run({ jobId })).toMatchObject({ outcome: "done" });
});

it("a key service is asked once for each key; its rotation in place goes unnoticed, an alias that moves does not", async () => {
  await using kms = await startKms();
  await using folder = await kmsProject();
  const [v1, key, moved] = [newFernetKey(), kms.aws.keys.create(REGION), kms.aws.keys.create(REGION)];
  kms.aws.keys.alias("alias/app", key);
  const fixture = await seed(db.client, db.keyspace, { key: v1, rows: 5, name: "by_kms" });
  const target = { provider: "aws-kms", version: "v2", key_id: "alias/app", region: REGION };
  const keys = { target: { ...target, endpoint: kms.aws.url }, previous: [fernet("v1")] };
  const openOne = () => openHost(fixture, keys, { v1 }, folder.path);
  await using a = await openOne();
  await a.init();
  const { jobId } = await a.plan();
  const used = () => ["GenerateDataKey", "Decrypt"].map((operation) => kms.aws.calls.of(operation));
  // A data key is unwrapped once before it is used.
  expect(used()).toEqual([1, 1]);

  kms.aws.keys.rotate(key);
  kms.aws.calls.clear();
  await using b = await openOne();
  await b.rollback({ jobId });
  expect(used()).toEqual([0, 1]);
  await b.resume(jobId);
  expect(await b.run({ jobId })).toMatchObject({ outcome: "done" });

  kms.aws.keys.alias("alias/app", moved);
  await using c = await openOne();
  await expect(c.retryQuarantine({ jobId })).rejects.toMatchObject({ code: "KEY.MISMATCH" });
});
