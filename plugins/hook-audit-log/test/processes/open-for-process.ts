import { setTimeout } from "node:timers/promises";
import type { Hook } from "@cassandra-rekey/core";
import { hookContext, ManualClock } from "@cassandra-rekey/testkit";
import plugin from "../../dist/index.js";

/** Opens the built hook on a file. */
export function openForProcess(path: string): Promise<Hook> {
  const clock = Object.assign(new ManualClock(), { sleep: (ms: number) => setTimeout(ms) });
  return plugin.hooks!["audit-log"]!.create({ path, detail: "chunk" }, hookContext(clock));
}
