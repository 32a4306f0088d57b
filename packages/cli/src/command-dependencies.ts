import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "@oclif/core";
import { createEngineAccess } from "./configured-engine.ts";
import type { EngineAccess } from "./engine-access.ts";
import type { SignalSource } from "./interruption.ts";
import { Screen } from "./terminal/screen.ts";
import { styleFor } from "./terminal/style.ts";

/** The world around a command; replaced in tests. */
export interface CommandDependencies {
  readonly engines: EngineAccess;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly signals: SignalSource;
  /** What the process ends with when the command has ended. */
  readonly setExitCode: (code: number) => void;
  /** Ends the process at once. */
  readonly quit: (code: number) => void;
  /** Milliseconds from any origin, never going back. */
  readonly nowMs: () => number;
  /** Rejects with an `AbortError` when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** This process, and the real engine. */
export function processDependencies(config: Config): CommandDependencies {
  const { stdout, stderr, env } = process;
  return {
    engines: createEngineAccess(config),
    stdout: new Screen(stdout, styleFor(stdout.isTTY, env)),
    stderr: new Screen(stderr, styleFor(stderr.isTTY, env)),
    signals: process,
    setExitCode: (code) => {
      process.exitCode = code;
    },
    quit: (code) => process.exit(code),
    nowMs: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
  };
}
