import type { Hook, HookContext } from "@cassandra-rekey/core";
import { hookContext, ManualClock } from "@cassandra-rekey/testkit";
import { vi } from "vitest";
import plugin from "../src/index.ts";

/** The hook as the engine opens it, and where it serves its metrics. */
export async function openHook(
  options: Readonly<Record<string, unknown>> = {},
  changes: Partial<HookContext> = {},
): Promise<{
  readonly hook: Hook;
  readonly clock: ManualClock;
  readonly url: string | undefined;
  warn: unknown;
}> {
  const { prometheus } = plugin.hooks!;
  const parsed = await prometheus!.options["~standard"].validate({ port: 0, ...options });
  if (parsed.issues) throw new TypeError(JSON.stringify(parsed.issues));
  const clock = new ManualClock();
  let url: string | undefined;
  const info = (fields: object) => {
    url = (fields as { url?: string }).url ?? url;
  };
  const warn = vi.fn();
  const logger = { debug: () => {}, info, warn, error: () => {} };
  const hook = await prometheus!.create(parsed.value, hookContext(clock, { logger, ...changes }));
  return { hook, clock, url, warn };
}

/** What is served at a place. */
export async function scrape(url: string | undefined): Promise<string> {
  return (await fetch(url!)).text();
}
