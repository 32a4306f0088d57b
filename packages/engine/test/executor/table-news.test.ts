import { type RekeyEvent, type TableProgress, ZERO_TOTALS } from "@cassandra-rekey/core";
import { ManualClock } from "@cassandra-rekey/testkit";
import { expect, it, vi } from "vitest";
import { TableNews } from "../../src/executor/table-news.ts";
import { HookDispatcher } from "../../src/hooks/hook-dispatcher.ts";

const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

function table(id: string, pending: number, done: number): TableProgress {
  const chunks = { pending, running: 0, done, failed: 0 };
  return { table: id, chunks, totals: ZERO_TOTALS, fraction: done / 4, lastError: undefined };
}

it("tells when a table begins and ends, and how far it is meanwhile; a later visit opens it again", () => {
  const events: RekeyEvent[] = [];
  const hooks = new HookDispatcher([], logger, new ManualClock(), (event) => void events.push(event));
  const news = new TableNews(hooks, "j");
  const told = (...progress: readonly TableProgress[]) => {
    events.length = 0;
    news.tell(progress);
    return events.map((event) => `${event.type} ${"table" in event ? event.table : ""}`);
  };
  expect(told(table("a", 4, 0), table("b", 0, 4))).toEqual([
    "table.started a",
    "table.progress a",
    "table.progress b",
  ]);
  expect(told(table("a", 1, 3))).toEqual(["table.progress a"]);
  expect(events[0]).toMatchObject({ fraction: 0.75, chunks: { pending: 1, done: 3 } });
  expect(told(table("a", 0, 4))).toEqual(["table.progress a", "table.finished a"]);
  expect(told(table("a", 0, 4))).toEqual(["table.progress a"]);
  expect(told(table("a", 2, 2))).toEqual(["table.started a", "table.progress a"]);
});
