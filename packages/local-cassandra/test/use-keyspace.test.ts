import { afterAll, beforeAll, expect, test } from "vitest";
import { freshKeyspace, useKeyspace, useOpened } from "../src/shared/shared.ts";

/** Hooks that are run by hand. */
function byHand() {
  const run: { before?: () => Promise<void>; after?: () => Promise<void>; timeoutMs?: number | undefined } =
    {};
  const hooks = {
    beforeAll: (before: () => Promise<void>, timeoutMs?: number) => Object.assign(run, { before, timeoutMs }),
    afterAll: (after: () => Promise<void>) => Object.assign(run, { after }),
  };
  return { hooks, before: () => run.before!(), after: () => run.after!(), timeoutMs: () => run.timeoutMs };
}

const db = useKeyspace({ beforeAll, afterAll });

async function keyspaces(prefix: string): Promise<readonly string[]> {
  const { rows } = await db.client.execute("SELECT keyspace_name FROM system_schema.keyspaces");
  const names = rows.map((row): string => row.get("keyspace_name"));
  return names.filter((name) => name.startsWith(prefix)).sort();
}

test("a keyspace is there from the first test on, and gone after the last with those named after it", async () => {
  const { hooks, before, after } = byHand();
  const other = useKeyspace(hooks);
  expect(other).toEqual({});
  await before();
  const { keyspace } = other;
  await freshKeyspace(other.client, `${keyspace}_state`);
  expect(await keyspaces(keyspace)).toEqual([keyspace, `${keyspace}_state`]);

  await after();

  expect(await keyspaces(keyspace)).toEqual([]);
  expect(await keyspaces(db.keyspace)).toEqual([db.keyspace]);
  await expect(other.client.execute("SELECT key FROM system.local")).rejects.toThrow(
    /shutting down|shutdown/i,
  );
});

test("opening has longer than a runner's hooks usually have: a first start downloads and boots", async () => {
  const { hooks, timeoutMs } = byHand();
  useOpened(hooks, async () => ({}));
  expect(timeoutMs()).toBe(300_000);
});

test("everything is closed, the last first, though opening failed half-way and closing fails", async () => {
  const { hooks, before, after } = byHand();
  const closed: string[] = [];
  const opened = useOpened(hooks, async (stack): Promise<{ readonly value: number }> => {
    stack.defer(() => void closed.push("first"));
    stack.defer(() => Promise.reject(new RangeError("cannot be closed")));
    stack.defer(() => void closed.push("third"));
    throw new RangeError("cannot be opened");
  });
  await expect(before()).rejects.toThrow("cannot be opened");
  await expect(after()).rejects.toThrow("cannot be closed");
  expect(closed).toEqual(["third", "first"]);
  expect(opened).toEqual({});
});
