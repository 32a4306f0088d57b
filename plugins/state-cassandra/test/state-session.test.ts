import { fromDriverError } from "@cassandra-rekey/cassandra";
import cassandra from "cassandra-driver";
import { expect, it } from "vitest";
import { StateSession } from "../src/state-session.ts";
import { never, random, sessionWith, systemClock } from "./fixture.ts";

const LEVELS = { consistency: "LOCAL_QUORUM", serialConsistency: "LOCAL_SERIAL" };

it("a cluster that gives no answer is asked as patiently for what happened as for anything else, not times as long", async () => {
  let asked = 0;
  const silent = async () => {
    asked += 1;
    throw fromDriverError(new cassandra.errors.OperationTimedOutError("no answer"), "a batch");
  };
  const session = sessionWith({} as Parameters<typeof sessionWith>[0], { execute: silent, rows: silent });
  const clock = { ...systemClock(), sleep: async () => {} };
  const state = new StateSession(session, "k", LEVELS, { clock, random });
  await expect(state.rows("SELECT 1", [], never)).rejects.toMatchObject({ code: "STATE.UNAVAILABLE" });
  const patience = asked;
  asked = 0;
  const happened = async () => (await state.serialRows("SELECT 1", [], never)).length > 0;
  const moved = state.compareAndSet([{ query: "UPDATE t IF a = 1", params: [] }], happened, never);
  await expect(moved).rejects.toMatchObject({ code: "STATE.UNAVAILABLE", retryable: true });
  expect(asked).toBe(1 + patience);
});
