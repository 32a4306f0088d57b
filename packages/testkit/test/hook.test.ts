import type { Hook, RekeyEvent, Verdict } from "@cassandra-rekey/core";
import { describe, expect, it } from "vitest";
import { describeHook, type HookConformance } from "../src/index.ts";
import { failuresOf } from "./failures-of.ts";

/** A small, sound hook: writes a line for each event that it knows. */
class Lines implements Hook {
  readonly out: string[];
  constructor(out: string[]) {
    this.out = out;
  }
  on(event: RekeyEvent): void | Promise<void> {
    if (event.type === "quarantine") this.out.push(`quarantine of ${event.entries.length}`);
    else if (event.type === "page.done") this.out.push(`${event.table}: ${event.rows} rows`);
  }
  async gate(): ReturnType<NonNullable<Hook["gate"]>> {
    return { allow: false, reason: "it is Friday" };
  }
  async [Symbol.asyncDispose]() {}
}

const json = (value: unknown) =>
  JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}` : part));

const FLAWED: Readonly<Record<string, readonly [new (out: string[]) => Hook, string]>> = {
  "a bigint fails it": [
    class extends Lines {
      override on = (event: RekeyEvent) => void this.out.push(JSON.stringify(event));
    },
    "it hears every type of event, and changes none",
  ],
  "events are changed": [
    class extends Lines {
      override on = (event: RekeyEvent) => void Object.assign(event, { heard: true });
    },
    "it hears every type of event, and changes none",
  ],
  "an unknown event fails it": [
    class extends Lines {
      override on(event: RekeyEvent) {
        if (event.type.startsWith("moon")) throw new TypeError(event.type);
      }
    },
    "it passes over types that it does not know",
  ],
  "pages count only after a start": [
    class extends Lines {
      #started = false;
      override async on(event: RekeyEvent) {
        if (event.type === "job.started") this.#started = true;
        else if (!this.#started) throw new TypeError("not started");
      }
    },
    "it takes events in any order, many at once",
  ],
  "a veto has no reason": [
    class extends Lines {
      override gate = async () => ({ allow: false as const, reason: "" });
    },
    "a gate says yes, or no with a reason",
  ],
  "a gate says nothing when it has nothing to say": [
    class extends Lines {
      override gate = async () => undefined as unknown as Verdict;
    },
    "a gate says yes, or no with a reason",
  ],
  "primary keys are written down": [
    class extends Lines {
      override on = (event: RekeyEvent) => void this.out.push(json(event));
    },
    "it puts out no primary key",
  ],
  "the second disposal fails": [
    class extends Lines {
      #disposed = false;
      override async [Symbol.asyncDispose]() {
        if (this.#disposed) throw new TypeError("disposed of");
        this.#disposed = true;
      }
    },
    "it may be disposed of twice",
  ],
};

function conformanceOf(Kind: new (out: string[]) => Hook): HookConformance {
  const out: string[] = [];
  return { name: "a hook in memory", create: async () => new Kind(out), output: async () => out.join("\n") };
}

describeHook({ describe, it }, conformanceOf(Lines));

describe("the suite fails a hook", () => {
  it.each(Object.entries(FLAWED))("in which %s", async (_, [Kind, finder]) => {
    const failures = await failuresOf((runner) => describeHook(runner, conformanceOf(Kind)));
    expect([...failures.keys()]).toContain(finder);
  });
});
