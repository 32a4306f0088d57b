import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Hook } from "@cassandra-rekey/core";
import { hookContext, ManualClock } from "@cassandra-rekey/testkit";
import { afterEach, beforeEach } from "vitest";
import plugin from "../src/index.ts";

/** A folder for each test of a file. */
export function useFolder(): { readonly path: string } {
  const folder = { path: "" };
  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), "audit-log-"));
  });
  afterEach(() => rm(folder.path, { recursive: true, force: true }));
  return folder;
}

/** Opens the hook as the engine does. */
export async function openLog(
  path: string,
  options: Readonly<Record<string, unknown>> = {},
  changes: Parameters<typeof hookContext>[1] = {},
): Promise<Hook> {
  const part = plugin.hooks!["audit-log"]!;
  const parsed = await part.options["~standard"].validate({ path, ...options });
  if (parsed.issues) throw new TypeError(JSON.stringify(parsed.issues));
  // Locks are real: waiting for one takes real time.
  const clock = Object.assign(new ManualClock(), { sleep: (ms: number) => setTimeout(ms) });
  return part.create(parsed.value, hookContext(clock, changes));
}
