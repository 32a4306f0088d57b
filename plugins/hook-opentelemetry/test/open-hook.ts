import type { Hook } from "@cassandra-rekey/core";
import { hookContext, ManualClock } from "@cassandra-rekey/testkit";
import { vi } from "vitest";
import plugin from "../src/index.ts";

/** The hook as the engine opens it. */
export async function openHook(
  options: object = {},
): Promise<{ readonly hook: Hook; readonly warn: unknown }> {
  const { opentelemetry } = plugin.hooks!;
  const parsed = await opentelemetry!.options["~standard"].validate(options);
  if (parsed.issues) throw new TypeError(JSON.stringify(parsed.issues));
  const warn = vi.fn();
  const logger = { debug: () => {}, info: () => {}, warn, error: () => {} };
  const hook = await opentelemetry!.create(parsed.value, hookContext(new ManualClock(), { logger }));
  return { hook, warn };
}
