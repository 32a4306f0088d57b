import { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import { RekeyError } from "@cassandra-rekey/core";
import type { Engine } from "@cassandra-rekey/engine";
import { Config } from "@oclif/core";
import type { CommandDependencies } from "../src/command-dependencies.ts";
import type { EngineAccess } from "../src/engine-access.ts";
import type { RekeyCommand } from "../src/rekey-command.ts";
import { Screen } from "../src/terminal/screen.ts";
import { noStyle } from "../src/terminal/style.ts";
import { FakeStream } from "./fake-stream.ts";

/** What the world around a command is to be in a test. */
export interface Setting {
  readonly engine?: Partial<Engine>;
  readonly engines?: Partial<EngineAccess>;
  readonly terminal?: boolean;
  readonly dryRun?: boolean;
  readonly warnings?: readonly string[];
  readonly sleep?: CommandDependencies["sleep"];
  readonly signals?: EventEmitter;
  readonly quit?: CommandDependencies["quit"];
  readonly stdout?: FakeStream;
  readonly nowMs?: () => number;
}

/** How a command ended. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
  /** Whether the engine was closed. */
  readonly closed: boolean;
}

type CommandClass = new (argv: string[], config: Config, deps: CommandDependencies) => RekeyCommand;

const root = fileURLToPath(new URL("..", import.meta.url));
let loaded: Promise<Config> | undefined;

/** Runs a command of ours with an engine that does what the test says. */
export async function runCommand(
  Class: CommandClass,
  argv: readonly string[],
  setting: Setting = {},
): Promise<Outcome> {
  loaded ??= Config.load(root);
  const stdout = setting.stdout ?? new FakeStream({ isTTY: setting.terminal ?? false });
  const stderr = new FakeStream({ isTTY: setting.terminal ?? false });
  let exitCode: number | undefined;
  let closed = false;
  const engine = {
    ...setting.engine,
    [Symbol.asyncDispose]: async () => {
      closed = true;
    },
  } as Engine;
  const command = new Class([...argv], await loaded, {
    engines: {
      open: async () => ({
        engine,
        dryRun: setting.dryRun ?? false,
        stuckAfterSeconds: 600,
        warnings: setting.warnings ?? [],
      }),
      check: async () => [],
      schema: async () => ({}),
      extensions: async () => ({ extensions: [], notes: [] }),
      extension: async () => {
        throw new RekeyError("INTERNAL.INVARIANT", "no extension in this test");
      },
      ...setting.engines,
    },
    stdout: new Screen(stdout, noStyle),
    stderr: new Screen(stderr, noStyle),
    signals: setting.signals ?? new EventEmitter(),
    setExitCode: (code) => {
      exitCode = code;
    },
    quit: setting.quit ?? (() => {}),
    nowMs: setting.nowMs ?? (() => 0),
    sleep: setting.sleep ?? (async () => {}),
  });
  await (command as unknown as { _run(): Promise<void> })._run();
  return { stdout: stdout.text, stderr: stderr.text, exitCode, closed };
}

/** Rejects when the signal aborts, as the engine does. */
export function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal === undefined) throw new RekeyError("INTERNAL.INVARIANT", "the command gave no signal");
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
