import { randomBytes } from "node:crypto";
import type { Mutation } from "@cassandra-rekey/core";
import { useKeyspace } from "@cassandra-rekey/local-cassandra/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestEngine } from "../open-test-engine.ts";
import { type Damage, RacingApplication, type WriteStyle } from "../racing-application.ts";
import { WriteWindows } from "../write-window.ts";

// More of them at night.
const ROWS = 10_000 * Number(process.env.REKEY_TEST_TIMES ?? 1);

interface RaceOptions {
  readonly table: string;
  readonly style?: WriteStyle;
  readonly rows?: number;
  readonly alter?: (mutations: readonly Mutation[]) => readonly Mutation[];
}

interface Race {
  readonly damage: Damage;
  readonly operations: number;
  /** Writes of the application that fell between our read and our write of the same row. */
  readonly inside: number;
  readonly rekeyed: number;
  readonly raced: number | null;
  readonly clean: boolean;
}

describe("a run beside an application that writes and deletes the same rows", () => {
  const db = useKeyspace({ beforeAll, afterAll });

  async function race({ table, style = "plain", rows = ROWS, alter }: RaceOptions): Promise<Race> {
    const keys = { target: newKey(), previous: newKey() };
    const application = new RacingApplication(db.client, {
      table: `${db.keyspace}.${table}`,
      rows,
      keys,
      style,
    });
    const windows = new WriteWindows(application, alter);
    await application.load();
    const lwt = style === "lwt" ? ", use_lwt_guard: true, application_writes: lwt" : "";
    await using engine = await openTestEngine({
      ...db,
      keys,
      override: windows.override,
      yaml: `
tables: [{ name: ${table}, encrypted_columns: [secret], chunks: 16${lwt} }]
execution: { workers: 8, page_size: 200, settle_seconds: 1 }`,
    });
    await engine.init();
    const { jobId } = await engine.plan();
    const running = engine.run({ jobId });
    // Not before: how many rows it leaves to race for is not for the start of the run to say.
    await Promise.race([windows.began, running]);
    application.start();
    const report = await running;
    await application.stop();
    const damage = await application.inspect();
    const { clean } = await engine.verify();
    const { operations } = application;
    return {
      damage,
      operations: operations.length,
      inside: windows.writesInside(),
      rekeyed: report.tables[0]!.rows.rekeyed,
      raced: report.tables[0]!.rows.raced,
      clean,
    };
  }

  it("loses no update and brings no row back, though thousands of writes race with it", async () => {
    const { damage, operations, inside, rekeyed, raced, clean } = await race({ table: "fenced" });
    expect(operations).toBeGreaterThan(2_000);
    expect(inside).toBeGreaterThan(1_000);
    expect(rekeyed).toBeGreaterThan(ROWS / 4);
    expect(damage).toEqual({ lostUpdates: 0, resurrected: 0, oldKeyRows: 0 });
    expect(clean).toBe(true);
    // A fenced write is not told who won.
    expect(raced).toBeNull();
  });

  it("does lose updates under the same load when the fence is taken off", async () => {
    const now = () => BigInt(Date.now()) * 1000n;
    const { damage, inside } = await race({
      table: "unfenced",
      alter: (mutations) =>
        mutations.map((mutation) => ({
          ...mutation,
          cells: mutation.cells.map((cell) => ({ ...cell, timestamp: now() })),
        })),
    });
    expect(inside).toBeGreaterThan(1_000);
    expect(damage.lostUpdates).toBeGreaterThan(0);
    expect(damage.resurrected).toBeGreaterThan(0);
  });

  it("loses nothing by lightweight transactions beside an application that uses them too", async () => {
    const options = { table: "transactions", style: "lwt", rows: 1_500 } as const;
    const { damage, inside, rekeyed, raced } = await race(options);
    expect(inside).toBeGreaterThan(0);
    expect(rekeyed).toBeGreaterThan(0);
    expect(raced).toBeGreaterThan(0);
    expect(damage).toEqual({ lostUpdates: 0, resurrected: 0, oldKeyRows: 0 });
  });
});

function newKey(): string {
  return `${randomBytes(32).toString("base64url")}=`;
}
