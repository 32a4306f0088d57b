import { expect, it, vi } from "vitest";
import { answeredAlone } from "../src/pinned-read.ts";
import { GO_ON, useReal, WHOLE_RING } from "./real-cluster.ts";

const SCAN =
  "Executing seq scan across 1 sstables for (min(-9223372036854775808), min(-9223372036854775808)]";
const local = { activity: SCAN, source: "10.0.0.1" };

it.each([
  ["its own scan", [local], true],
  [
    "a read of one partition",
    [{ activity: "Executing single-partition query on users", source: "10.0.0.1" }],
    true,
  ],
  [
    "a request sent to another",
    [
      local,
      { activity: "Sending RANGE_REQ message to /10.0.0.2:7000 message size 180 bytes", source: "10.0.0.1" },
    ],
    false,
  ],
  ["something that another did", [local, { activity: SCAN, source: "10.0.0.2" }], false],
  ["no read at all", [{ activity: "Parsing SELECT", source: "10.0.0.1" }], false],
  ["nothing", [], false],
])("a trace with %s", (_, events, alone) => {
  expect(answeredAlone({ coordinator: "10.0.0.1", events })).toBe(alone);
});

const cluster = useReal();

it("a node that is asked alone is believed by its trace, and one that handed the read on is not", async () => {
  const table = await cluster.table("pinned", "(id int PRIMARY KEY, v text)");
  for (let id = 0; id < 5; id += 1) await cluster.run("INSERT INTO ks.pinned (id, v) VALUES (?, 'x')", [id]);
  const { address } = cluster.session.hosts()[0]!;
  const request = {
    table,
    range: WHOLE_RING,
    cursor: undefined,
    maxRows: 2,
    consistency: "ONE",
    host: address,
  };
  // The driver waits 400 ms between its looks at a trace: one is enough.
  const { metadata } = cluster.session.client;
  const asked = vi.spyOn(metadata, "getTrace");
  expect((await cluster.source.page(request, GO_ON)).rows).toHaveLength(2);

  const trace = (await asked.mock.results[0]!.value) as { events: { source: unknown }[] };
  trace.events.at(-1)!.source = "10.0.0.2";
  asked.mockImplementation((async () => trace) as never);
  await expect(cluster.source.page(request, GO_ON)).rejects.toMatchObject({
    code: "CLUSTER.UNAVAILABLE",
    retryable: true,
  });
});
