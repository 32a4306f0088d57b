import assert from "node:assert/strict";
import type { Hook } from "@cassandra-rekey/core";
import type { HookConformance } from "./conformance.ts";
import { PRIMARY_KEY, SAMPLE_EVENTS, UNKNOWN_EVENT } from "./sample-events.ts";

/** What a case works with. */
export interface HookScene extends HookConformance {
  readonly hook: Hook;
}

/** One promise of the contract, by a name that says what is promised. */
export type HookCase = readonly [name: string, check: (scene: HookScene) => Promise<void>];

const NEVER = new AbortController().signal;
/** When the events happened. */
const AT = 1_764_000_000_000;
const START = { jobId: "6f1c9a52-7f0e-4a55-9a41-5d3c1e2b7a90", kind: "rekey" } as const;

/** The contract of {@link Hook}. */
export const hookCases: readonly HookCase[] = [
  [
    "it hears every type of event, and changes none",
    async ({ hook }) => {
      for (const event of SAMPLE_EVENTS)
        await assert.doesNotReject(async () => hook.on(event, AT), `it takes ${event.type}`);
    },
  ],
  [
    "it passes over types that it does not know",
    async ({ hook }) => {
      await assert.doesNotReject(async () => hook.on(UNKNOWN_EVENT, AT), "the union of events is open");
    },
  ],
  [
    "it takes events in any order, many at once",
    async ({ hook }) => {
      const many = Array.from({ length: 50 }, () => SAMPLE_EVENTS.toReversed()).flat();
      await assert.doesNotReject(Promise.all(many.map(async (event) => hook.on(event, AT))), "out of order");
    },
  ],
  [
    "a gate says yes, or no with a reason",
    async ({ hook }) => {
      for (const kind of ["rekey", "dry-run", "verify"] as const) {
        if (!hook.gate) return;
        const verdict = await hook.gate({ ...START, kind }, NEVER);
        assert.equal(typeof verdict?.allow, "boolean", "without a verdict the start is vetoed");
        if (!verdict.allow)
          assert.match(verdict.reason, /^\S[^\p{Cc}]*$/u, "a veto has a reason, on one line");
      }
    },
  ],
  [
    "it puts out no primary key",
    async ({ hook, output }) => {
      if (!output) return;
      for (const event of SAMPLE_EVENTS) await hook.on(event, AT);
      await hook[Symbol.asyncDispose]();
      const out = await output();
      for (const spelling of ["utf8", "hex", "base64", "base64url"] as const)
        assert.ok(
          !out.includes(Buffer.from(PRIMARY_KEY).toString(spelling)),
          `primary keys are personal data`,
        );
      const asNumbers = [...Buffer.from(PRIMARY_KEY)].slice(0, 6).join(",");
      assert.ok(!out.replaceAll(/\s/g, "").includes(asNumbers), "nor as a list of bytes");
    },
  ],
  [
    "it may be disposed of twice",
    async ({ hook }) => {
      await hook.on(SAMPLE_EVENTS[0]!, AT);
      await hook[Symbol.asyncDispose]();
      await hook[Symbol.asyncDispose]();
    },
  ],
];
