import type { JobKind, WriteMode } from "@cassandra-rekey/core";
import { expect, it } from "vitest";
import type { TableSettings } from "../../src/config/settings.ts";
import { createTableRun } from "../../src/executor/table-run.ts";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { passShape, tablePass } from "../../src/tables/table-passes.ts";
import { column, schemaWith, settingsWith } from "../doctor/table-settings.ts";
import { openWorld } from "../simulated-world.ts";
import { testKey } from "../test-keys.ts";

/** A run of a job over a list that is not frozen, as it was planned and as it is configured now. */
function listRun(
  kind: JobKind,
  writeMode: WriteMode,
  configured: Partial<TableSettings> = {},
  majorVersion = 5,
) {
  const world = openWorld();
  const keyrings = new Keyrings({ target: testKey("new"), previous: [testKey("old")] });
  const settings = settingsWith(configured);
  const [own] = settings.tables;
  const columns = [
    column("id", { type: "uuid", kind: "partition_key", position: 0 }),
    column("ssn", { type: "list<text>" }),
  ];
  const schema = schemaWith({ columns, majorVersion });
  const shape = passShape(tablePass(own!, schema, "rows"), schema);
  const table = {
    id: "users",
    keyspace: "app",
    name: "users",
    columns: ["ssn"],
    writeMode,
    schema: undefined,
    chunks: 1,
  };
  const job = {
    id: "j",
    kind,
    state: "running",
    createdAt: 0,
    tables: [table],
    origin: "cassandra-rekey",
  } as const;
  const resolved = { table, settings: own!, schema, shape };
  return createTableRun(job, resolved, settings, world.parts, world.cluster, keyrings);
}

it("does not run what only a transaction writes safely, whoever planned it otherwise", () => {
  expect(() => listRun("rekey", "fenced")).toThrow(
    expect.objectContaining({ code: "SCHEMA.UNSUPPORTED", hint: expect.stringContaining("use_lwt_guard") }),
  );
  expect(listRun("rekey", "lwt")).toBeDefined();
  expect(listRun("verify", "fenced")).toBeDefined();
});

it("does not run what was declared when it was planned and is not any more", () => {
  expect(() => listRun("rekey", "lwt", {}, 4)).toThrow(/when they expire/);
  expect(listRun("rekey", "lwt", { elementsNeverExpire: true }, 4)).toBeDefined();
});
