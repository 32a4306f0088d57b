import { collectionOf } from "@cassandra-rekey/cassandra";
import type {
  CellColumn,
  CellSink,
  CellSource,
  ConditionalCell,
  ElementCell,
  Row,
} from "@cassandra-rekey/core";
import { expect, it } from "vitest";
import { LwtWriter } from "../../src/writer/lwt-writer.ts";
import { momentOf, openWorld, task, writeContext } from "../simulated-world.ts";
import { sealedBy, unsealed } from "../test-keys.ts";

const columns: readonly CellColumn[] = [
  { name: "l", type: "list<blob>", form: "binary", part: "list-elements" },
  { name: "s", type: "set<blob>", form: "binary", part: "set-elements" },
  { name: "v", type: "blob", form: "binary" },
];
const inList = (position: number, text: string, ttl?: number): ElementCell => {
  const key = Buffer.from([0, 0, 0, position]);
  return { column: 0, key, value: sealedBy("old", text), writetime: 10n, ttl };
};
const inSet = (value: Buffer): ElementCell => ({
  column: 1,
  key: value,
  value,
  writetime: 20n,
  ttl: undefined,
});
const rowOf = (...elements: readonly ElementCell[]): Row => {
  const cell = { value: sealedBy("old", "v"), writetime: 5n, ttl: undefined };
  const key = [Buffer.from("a"), Buffer.from("1")];
  return { token: 1n, key, cells: [undefined, undefined, cell], elements, label: undefined };
};

/** A row, what each transaction on it answers, and what it holds when it is read again. */
async function written(row: Row, answers: readonly ("applied" | "lost" | "unknown")[], again: Row = row) {
  const world = openWorld();
  const sent: (readonly ConditionalCell[])[] = [];
  const sink: CellSink = {
    group: (_, items) => [items],
    send: async () => {},
    compareAndSet: async (_table, _key, cells) => {
      sent.push(cells);
      return answers[sent.length - 1] ?? "applied";
    },
  };
  const { utcMs } = world.clock.time;
  const source = { row: async () => ({ row: again, serverTimeMs: utcMs }) } as unknown as CellSource;
  const lwt = task(world, { table: { ...world.table.shape, columns }, writeMode: "lwt" });
  const { writes } = await world.rekeyer.work(lwt, [row], utcMs, world.controller.signal);
  const writer = new LwtWriter({ ...world.parts, sink }, source, world.rekeyer);
  const context = { ...writeContext(world), task: lwt, moment: momentOf(world) };
  return { outcome: await world.clock.run(writer.write(writes, context)), sent };
}
const shown = (cells: readonly ConditionalCell[]) =>
  cells.map(({ column, value, ttl }) => [column, unsealed(value).plaintext, ttl]);

it("all elements of a row's lists and sets share one transaction, each with its own TTL", async () => {
  const row = rowOf(inList(0, "0"), inList(1, "1", 700), inSet(sealedBy("old", "s")));
  const { outcome, sent } = await written(row, []);
  expect(sent.map(shown)).toEqual([
    [["v", "v", 0]],
    [
      ["l", "0", 0],
      ["l", "1", 700],
      ["s", "s", 0],
    ],
  ]);
  expect(outcome).toMatchObject({ rekeyed: 1, cells: 4, raced: 0, left: 0 });
});

it("an element that expires in a moment is left to it, whatever the others need", async () => {
  const { outcome, sent } = await written(rowOf(inList(0, "0", 1), inList(1, "1")), []);
  expect(sent.map(shown)).toEqual([[["v", "v", 0]], [["l", "1", 0]]]);
  expect(outcome.cells).toBe(2);
});

it("a list that was written to is read again, and its elements go where they are now", async () => {
  const row = rowOf(inList(0, "a"));
  const again = { ...rowOf(inList(0, "x"), inList(1, "a")), cells: [] };
  const { outcome, sent } = await written(row, ["applied", "lost"], again);
  expect(sent[2]!.map(({ part }) => part)).toEqual([{ position: 0 }, { position: 1 }]);
  expect(sent[2]!.map(({ expected }) => Buffer.from(expected))).toEqual(
    Array(2).fill(collectionOf(again.elements!.map(({ value }) => value))),
  );
  expect(outcome).toMatchObject({ rekeyed: 1, raced: 1 });
});

it("after an unknown outcome what is there now tells whether it was written", async () => {
  const old = sealedBy("old", "s");
  const row = { ...rowOf(inSet(old)), cells: [] };
  const { outcome } = await written(row, ["unknown"], row);
  expect(outcome).toMatchObject({ rekeyed: 1, cells: 1, raced: 0 });
  const swapped = { ...rowOf(inSet(sealedBy("new", "s"))), cells: [] };
  const { outcome: second, sent } = await written(row, ["unknown"], swapped);
  expect(sent).toHaveLength(1);
  expect(second).toMatchObject({ raced: 0, left: 0 });
});
