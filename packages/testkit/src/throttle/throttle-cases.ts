import assert from "node:assert/strict";
import type { Limit, Sample, Throttle } from "@cassandra-rekey/core";
import type { ManualClock } from "../simulation/index.ts";
import type { ThrottleConformance } from "./conformance.ts";

/** What a case works with. */
export interface ThrottleScene extends ThrottleConformance {
  readonly throttle: Throttle;
  readonly clock: ManualClock;
}

/** One promise of the contract, by a name that says what is promised. */
export type ThrottleCase = readonly [name: string, check: (scene: ThrottleScene) => Promise<void>];

const READ: Sample = { kind: "read", rows: 1000, bytes: 100_000, latencyMs: 12 };

const STRANGE: readonly Sample[] = [
  { ...READ, latencyMs: 0, rows: 0, bytes: 0 },
  { ...READ, latencyMs: 1e12 },
  { ...READ, latencyMs: 0.000_001, replicas: [] },
  { ...READ, rows: 0, bytes: 0, latencyMs: 10_000, error: "CLUSTER.TIMEOUT" },
  { ...READ, kind: "write", rows: 0, latencyMs: 1, error: "CLUSTER.OVERLOADED", replicas: ["127.0.0.1"] },
  { ...READ, error: "a code that nobody knows" },
];

const HOUR_S = 3600;

/** The contract of {@link Throttle}. */
export const throttleCases: readonly ThrottleCase[] = [
  [
    "a new throttle holds nothing",
    async ({ throttle }) => {
      assert.equal(
        soundLimit(throttle).hold,
        undefined,
        "nothing is known yet that could be a reason to hold",
      );
    },
  ],
  [
    "under pressure it limits or holds, and says why",
    async ({ throttle, clock, press }) => {
      const before = tightness(soundLimit(throttle));
      await press(throttle, clock);
      const limit = soundLimit(throttle);
      assert.ok(tightness(limit) > before, "pressure makes the limit tighter");
      for (const host of limit.perHost?.keys() ?? [])
        assert.match(host, /:\d+$/, "a node is named by address:port, or nothing is held back from it");
    },
  ],
  [
    "without the pressure it lets go",
    async ({ throttle, clock, press, relieve }) => {
      await press(throttle, clock);
      const pressed = tightness(soundLimit(throttle));
      await relieve(throttle, clock);
      const limit = soundLimit(throttle);
      assert.equal(limit.hold, undefined, "the hold is over");
      assert.equal(limit.pause, undefined, "nothing asks for a pause");
      assert.ok(tightness(limit) < pressed, "the limit is wider than under pressure");
    },
  ],
  [
    "what looks by itself tells of a change",
    async ({ throttle, clock, press, measures }) => {
      if (measures !== "itself" || !throttle.changes) return;
      const told = throttle.changes[Symbol.asyncIterator]();
      let heard = false;
      const first = told.next().then(() => {
        heard = true;
      });
      await press(throttle, clock);
      await clock.advance(0);
      assert.ok(heard, "its limit changed without a sample");
      await throttle[Symbol.asyncDispose]();
      await first;
    },
  ],
  [
    "a threshold that was tuned is given back",
    async ({ throttle, clock, press }) => {
      if (!throttle.tune) return;
      const before = tightness(soundLimit(throttle));
      const goesByIt = throttle.tune({ thresholdMs: 1_000_000 });
      assert.equal(typeof goesByIt, "boolean", "it says whether it goes by a threshold");
      soundLimit(throttle);
      assert.equal(throttle.tune({}), goesByIt, "and says the same when it is given back");
      await press(throttle, clock);
      assert.ok(tightness(soundLimit(throttle)) > before, "its own threshold is in force again");
    },
  ],
  [
    "asking changes nothing",
    async ({ throttle, clock, press }) => {
      for (const _ of [1, 2]) {
        const first = throttle.limit();
        for (let asked = 0; asked < 50; asked += 1)
          assert.deepEqual(throttle.limit(), first, "the same moment, the same answer");
        await press(throttle, clock);
      }
    },
  ],
  [
    "a hold ends by itself, because nothing is read under it",
    async ({ throttle, clock, press, measures }) => {
      await press(throttle, clock);
      if (measures === "itself") return;
      for (let second = 0; soundLimit(throttle).hold !== undefined; second += 1) {
        assert.ok(second < HOUR_S, "a hold without end: no sample will come that could end it");
        await clock.advance(1000);
      }
    },
  ],
  [
    "strange samples are survived",
    async ({ throttle, clock }) => {
      for (let round = 0; round < 20; round += 1) {
        for (const sample of STRANGE) {
          throttle.observe(sample);
          soundLimit(throttle);
        }
        await clock.advance(700);
      }
    },
  ],
  [
    "it may be disposed of twice, and what still arrives does no harm",
    async ({ throttle, clock }) => {
      throttle.observe(READ);
      await throttle[Symbol.asyncDispose]();
      await throttle[Symbol.asyncDispose]();
      // A request that was under way ends after its throttle.
      throttle.observe(READ);
      await clock.advance(1000);
      soundLimit(throttle);
    },
  ],
  [
    "its changes end when it is disposed of",
    async ({ throttle, clock }) => {
      if (!throttle.changes) return;
      const heard = Array.fromAsync(throttle.changes).then(() => "ended");
      await clock.advance(1000);
      await throttle[Symbol.asyncDispose]();
      await clock.advance(1000);
      assert.equal(await Promise.race([heard, "still going on"]), "ended");
    },
  ],
];

/** The limit, once it is sure that the governor can obey it. */
function soundLimit(throttle: Throttle): Limit {
  const limit = throttle.limit();
  const { inFlight, rowsPerSecond, bytesPerSecond, perHost, hold, pause, reason } = limit;
  for (const value of [inFlight, rowsPerSecond, bytesPerSecond, ...(perHost?.values() ?? [])])
    if (value !== undefined)
      assert.ok(value > 0, `a limit is more than 0, or the job stops without a hold: ${value}`);
  for (const value of [inFlight, ...(perHost?.values() ?? [])])
    if (value !== undefined) assert.ok(value >= 1, `less than one request in flight: ${value}`);
  const limited = [inFlight, rowsPerSecond, bytesPerSecond, perHost].some((part) => part !== undefined);
  if (limited) assert.ok(hold ?? pause ?? reason, "what limits the job must say why");
  for (const text of [hold, pause, reason])
    if (text !== undefined)
      assert.match(text, /^\S[^\p{Cc}]{4,198}$/u, "a reason is one line that says something");
  return limit;
}

/** A number that is larger when less is allowed. */
function tightness({ inFlight, rowsPerSecond, bytesPerSecond, perHost, hold, pause }: Limit): number {
  if (pause !== undefined) return 6;
  if (hold !== undefined) return 5;
  const hosts = [...(perHost?.values() ?? [])].map((each) => 1 / each);
  const rates = [inFlight, rowsPerSecond, bytesPerSecond].map((each) => 1 / (each ?? Infinity));
  return rates.reduce((sum, each) => sum + each, Math.max(0, ...hosts));
}
