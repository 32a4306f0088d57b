import { type CellSource, RekeyError, type Row, simpleKey, type TableSchema } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { Keyrings } from "../../src/keyring/keyrings.ts";
import { filledRun, underOld } from "../filled-run.ts";
import { openRun, type RunOptions } from "../simulated-run.ts";
import { key } from "../simulated-world.ts";
import { checked, testKey, unsealed } from "../test-keys.ts";

const ROWS = 200;

/** Rows written long before the run. */
const filled = (options: RunOptions = {}) => filledRun(ROWS, options);

describe("drift", () => {
  it.each([
    ["another table id", { tableId: "another" }, /dropped and created again/],
    ["a lower gc_grace_seconds", { gcGraceSeconds: 60 }, /lowered to 60/],
  ])("stops all workers on %s, with what was acknowledged kept", async (_, change, message) => {
    const run = await filled({ chunks: 64, execution: { workers: 2 } });
    let schema: TableSchema = run.table.schema;
    let pages = 0;
    run.cluster.onRequest(({ kind }) => {
      if (kind === "page") pages += 1;
      if (pages !== 20) return;
      schema = { ...schema, ...change };
      // Long enough for the next look at the schema.
      run.clock.time.skip(10_001, run.clock);
    });
    await expect(run.run({}, { readSchema: async () => schema })).rejects.toMatchObject({
      code: "SCHEMA.DRIFT",
      message: expect.stringMatching(message),
    });
    const { chunks } = await run.progress();
    expect(chunks.running).toBe(0);
    expect(chunks.done).toBeGreaterThan(0);
    expect(chunks.pending).toBeGreaterThan(0);
    expect(await run.state()).toBe("running");
  });

  it("is seen inside a chunk, before the page in hand is written", async () => {
    const run = await filled({ chunks: 1, execution: { workers: 1 } });
    let schema: TableSchema = run.table.schema;
    let sent = 0;
    run.cluster.onRequest(({ kind }) => {
      if (kind === "send") sent += 1;
      if (sent !== 3) return;
      sent += 1;
      schema = { ...schema, gcGraceSeconds: 0 };
      run.clock.time.skip(10_001, run.clock);
    });
    await expect(run.run({}, { readSchema: async () => schema })).rejects.toMatchObject({
      code: "SCHEMA.DRIFT",
    });
    expect(sent).toBe(4);
    expect(underOld(run)).toBeGreaterThan(0);
    expect((await run.progress()).chunks).toMatchObject({ pending: 1 });
  });

  it("is seen although the schema could not be read at first", async () => {
    const run = await filled({ chunks: 64, execution: { workers: 2 } });
    let isLate = false;
    let failures = 0;
    run.cluster.onRequest(({ kind }) => {
      if (kind !== "page" || isLate) return;
      isLate = true;
      run.clock.time.skip(10_001, run.clock);
    });
    const readSchema = async () => {
      if (isLate && failures < 3) {
        failures += 1;
        throw new RekeyError("CLUSTER.TIMEOUT", "made up");
      }
      return isLate ? { ...run.table.schema, tableId: "another" } : run.table.schema;
    };
    await expect(run.run({}, { readSchema })).rejects.toMatchObject({ code: "SCHEMA.DRIFT" });
    // Of the two pages that were on their way when it was time to look, nothing is written.
    expect(underOld(run)).toBe(ROWS);
  });

  it("does not let a mask be encrypted in place of a plaintext, from the moment that it is put on", async () => {
    let pages = 0;
    const isMasked = () => pages > 3;
    const masked = (row: Row): Row => ({
      ...row,
      cells: row.cells.map((cell) => cell && { ...cell, value: Buffer.from("****") }),
    });
    const source = (cluster: CellSource): CellSource => ({
      row: (...args) => cluster.row(...args),
      page: async (...args) => {
        pages += 1;
        const page = await cluster.page(...args);
        return isMasked() ? { ...page, rows: page.rows.map(masked) } : page;
      },
    });
    const run = await openRun({ chunks: 1, execution: { workers: 1 }, source });
    for (let n = 0; n < ROWS; n += 1) run.table.insert(key(`k${n}`), { email: Buffer.from(`clear ${n}`) });
    await run.clock.advance(60_000);
    const plain = simpleKey({
      version: "plaintext",
      authenticates: false,
      decrypt: (value) => value,
      encrypt: (value) => value,
    });
    const keyrings = new Keyrings({ target: testKey("new"), previous: [checked(plain)] });
    const columns = run.table.schema.columns.map((column) => ({
      ...column,
      masked: column.name === "email",
    }));
    const readSchema = async () => (isMasked() ? { ...run.table.schema, columns } : run.table.schema);
    await expect(run.run({}, { readSchema, keyrings })).rejects.toMatchObject({
      code: "SCHEMA.DRIFT",
      message: expect.stringContaining("email is masked"),
    });
    const values = run.table.rows().map(({ cells }) => cells[0]!.value);
    const rewritten = values.map(unsealed).filter(({ version }) => version === "new");
    expect(rewritten.length).toBeGreaterThan(0);
    expect(rewritten.filter(({ plaintext }) => !plaintext.startsWith("clear"))).toEqual([]);
  });

  it("is looked for when the cluster refuses a query, and is no failure of the chunk", async () => {
    let pages = 0;
    const isGone = () => pages >= 12;
    const source = (cluster: CellSource): CellSource => ({
      row: (...args) => cluster.row(...args),
      page: async (...args) => {
        pages += 1;
        if (isGone()) throw new RekeyError("CLUSTER.INVALID_QUERY", "made up");
        return cluster.page(...args);
      },
    });
    const run = await filled({ chunks: 64, execution: { workers: 2 }, source });
    const readSchema = async () => (isGone() ? undefined : run.table.schema);
    await expect(run.run({}, { readSchema })).rejects.toMatchObject({
      code: "SCHEMA.DRIFT",
      message: expect.stringContaining("the table is gone"),
    });
    expect((await run.progress()).chunks).toMatchObject({ failed: 0, running: 0 });
    expect(await run.state()).toBe("running");
  });

  it("does not come from a column that the job does not touch", async () => {
    const run = await filled();
    const { schema } = run.table;
    const extra = { ...schema.columns[0]!, name: "extra", kind: "regular" as const };
    const readSchema = async () => ({ ...schema, columns: [...schema.columns, extra] });
    expect((await run.run({}, { readSchema })).outcome).toBe("done");
  });
});
