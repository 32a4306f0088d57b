import { SAMPLE_EVENTS } from "@cassandra-rekey/testkit";
import { expect, it } from "vitest";
import { EventCounts } from "../../src/hooks/event-counts.ts";

it("counts retries, raced rows and quarantined cells", () => {
  const counts = new EventCounts();
  expect(counts.now).toEqual({ retries: 0, raced: 0, quarantined: 0 });
  for (const event of [...SAMPLE_EVENTS, ...SAMPLE_EVENTS]) counts.hear(event);
  expect(counts.now).toEqual({ retries: 2, raced: 6, quarantined: 2 });
});
