import type { Row, Sample, Throttle } from "@cassandra-rekey/core";
import {
  ManualClock,
  MemoryCluster,
  type MemoryClusterOptions,
  SeededRandom,
  type SimulatedTableOptions,
} from "@cassandra-rekey/testkit";
import { Governor } from "../src/governor/governor.ts";
import { Keyring } from "../src/keyring/keyring.ts";
import type { PageTask } from "../src/page/page-work.ts";
import { Rekeyer } from "../src/page/rekeyer.ts";
import type { ReadMoment } from "../src/writer/fence.ts";
import type { WriteContext } from "../src/writer/page-writer.ts";
import { sealedBy, testKey, unsealed } from "./test-keys.ts";

/** What a test's world is made of; everything has a default. */
export interface WorldOptions {
  readonly table?: Partial<SimulatedTableOptions>;
  readonly cluster?: MemoryClusterOptions;
  readonly maxInFlight?: number;
}

/** A cluster with one table, and the engine's parts over it, in virtual time. */
export function openWorld(options: WorldOptions = {}) {
  const clock = new ManualClock();
  const cluster = new MemoryCluster(clock.time, options.cluster);
  const table = cluster.createTable({ columns: ["email", "phone"], ...options.table });
  const samples: Sample[] = [];
  const governor = new Governor([recorder(samples)], options.maxInFlight ?? 64, clock);
  const random = new SeededRandom(1);
  const keyring = new Keyring(testKey("new"), [testKey("old")]);
  const rekeyer = new Rekeyer(keyring);
  const controller = new AbortController();
  const retries: string[] = [];
  const onRetry = (code: string) => retries.push(code);
  const parts = { sink: cluster, source: cluster, governor, clock, random, onRetry };
  return { clock, cluster, table, samples, governor, random, keyring, rekeyer, controller, retries, parts };
}

/** The world of a test. */
export type World = ReturnType<typeof openWorld>;

/** A primary key. */
export function key(pk: string, ck = "1"): Uint8Array[] {
  return [Buffer.from(pk), Buffer.from(ck)];
}

/** Old-key values by column, for an application's write. */
export function old(values: Readonly<Record<string, string>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(values).map(([column, text]) => [column, sealedBy("old", text)]));
}

/** What a read sees of a row, column by column: `version:plaintext`. */
export function seen(world: Pick<World, "table">, pk: string, ck = "1"): (string | undefined)[] | undefined {
  return world.table.row(key(pk, ck))?.cells.map((cell) => {
    if (!cell) return undefined;
    const { version, plaintext } = unsealed(cell.value);
    return `${version}:${plaintext}`;
  });
}

/** What a page of the table is worked on for. */
export function task(world: Pick<World, "table">, changes: Partial<PageTask> = {}): PageTask {
  return {
    table: world.table.shape,
    tableId: "users",
    kind: "rekey",
    writeMode: "fenced",
    settleMs: 10_000,
    visit: 0,
    ...changes,
  };
}

/** A page's reading now, with clocks that agree. */
export function momentOf(world: Pick<World, "clock">): ReadMoment {
  const { clock } = world;
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), serverMs: clock.time.utcMs };
}

/** The context of a page's writes. */
export function writeContext(world: World, changes: Partial<WriteContext> = {}): WriteContext {
  return {
    task: task(world),
    moment: momentOf(world),
    readConsistency: "LOCAL_QUORUM",
    writeConsistency: "LOCAL_QUORUM",
    maxAgeMs: 30_000,
    signal: world.controller.signal,
    ...changes,
  };
}

/** Reads the whole table now and works out what is to be written. */
export function workOn(
  world: World,
  changes: Partial<PageTask> = {},
  rows: readonly Row[] = world.table.rows(),
) {
  return world.rekeyer.work(task(world, changes), rows, world.clock.time.utcMs, world.controller.signal);
}

function recorder(samples: Sample[]): Throttle {
  return {
    limit: () => ({}),
    observe: (sample) => samples.push(sample),
    async [Symbol.asyncDispose]() {},
  };
}
