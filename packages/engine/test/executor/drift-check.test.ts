import { RekeyError, type TableSchema } from "@cassandra-rekey/core";
import { expect, it, vi } from "vitest";
import { driftCheck } from "../../src/executor/drift-check.ts";
import { createTableRun } from "../../src/executor/table-run.ts";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { passShape, tablePass } from "../../src/tables/table-passes.ts";
import { column, schemaWith, settingsWith } from "../doctor/table-settings.ts";
import { stored } from "../simulated-job.ts";
import { openWorld } from "../simulated-world.ts";
import { testKey } from "../test-keys.ts";

/** The check of a job over a list that is not frozen, whose elements never expire, as Cassandra 4 and later have it. */
function open(majorVersion: number) {
  const world = openWorld();
  const settings = settingsWith({ elementsNeverExpire: true, writeMode: "lwt" });
  const [configured] = settings.tables;
  const columns = [
    column("id", { type: "uuid", kind: "partition_key", position: 0 }),
    column("ssn", { type: "list<text>" }),
  ];
  const live = { schema: schemaWith({ columns, majorVersion }) };
  const table = {
    ...{ id: "users", keyspace: configured!.keyspace, name: configured!.name, columns: ["ssn"] },
    ...{ writeMode: "lwt" as const, schema: undefined, ranges: [] },
  };
  const job = stored({ id: "j", kind: "rekey", tables: [table] });
  const shape = passShape(tablePass(configured!, live.schema, "rows"), live.schema);
  const resolved = { table: job.tables[0]!, settings: configured!, schema: live.schema, shape };
  const keyrings = new Keyrings({ target: testKey("new"), previous: [testKey("old")] });
  const run = createTableRun(job, resolved, settings, world.parts, world.cluster, keyrings);
  const readSchema = vi.fn(async (): Promise<TableSchema | undefined> => live.schema);
  const { clock, controller } = world;
  const check = driftCheck(
    { clock, settings, readSchema },
    job,
    new Map([["users", run]]),
    controller.signal,
  );
  return { clock, live, readSchema, check };
}

it("looks every ten seconds, once for all who ask", async () => {
  const { clock, readSchema, check } = open(5);
  await clock.advance(9_999);
  await check();
  expect(readSchema).toHaveBeenCalledTimes(0);
  await clock.advance(1);
  await Promise.all([check(), check(), check()]);
  await check();
  expect(readSchema).toHaveBeenCalledTimes(1);
});

it("takes a look that failed for none", async () => {
  const { clock, readSchema, check } = open(5);
  await clock.advance(10_000);
  readSchema.mockRejectedValueOnce(new RekeyError("CLUSTER.TIMEOUT", "made up"));
  await expect(Promise.all([check(), check()])).rejects.toMatchObject({ code: "CLUSTER.TIMEOUT" });
  await check();
  expect(readSchema).toHaveBeenCalledTimes(2);
});

it("has looked since a moment that it is asked for, also where a look from before is under way", async () => {
  const { clock, readSchema, check } = open(5);
  await clock.advance(10_000);
  const before = check();
  await clock.advance(5);
  await Promise.all([before, check(clock.monotonicMs())]);
  expect(readSchema).toHaveBeenCalledTimes(2);
  await check(clock.monotonicMs());
  expect(readSchema).toHaveBeenCalledTimes(2);
});

it("need not where no column can be masked, before Cassandra 5.0", async () => {
  const { clock, readSchema, check } = open(4);
  await clock.advance(1);
  await check(clock.monotonicMs());
  await clock.advance(1);
  await check(clock.monotonicMs());
  expect(readSchema).toHaveBeenCalledTimes(1);
});

it("stops a job on elements that never expire when the table gets a default TTL", async () => {
  const { clock, live, check } = open(4);
  live.schema = { ...live.schema, defaultTimeToLive: 60 };
  await clock.advance(10_000);
  await expect(check()).rejects.toMatchObject({
    code: "SCHEMA.UNSUPPORTED",
    message: expect.stringContaining("default_time_to_live"),
  });
});

it("has looked since a query was refused, whatever the version", async () => {
  const { clock, readSchema, check } = open(4);
  await clock.advance(1);
  await check(clock.monotonicMs());
  await clock.advance(1);
  await check(clock.monotonicMs(), "refusal");
  await check(clock.monotonicMs(), "refusal");
  expect(readSchema).toHaveBeenCalledTimes(2);
});
