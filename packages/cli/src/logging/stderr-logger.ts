import type { Logger } from "@cassandra-rekey/core";
import type { Screen } from "../terminal/screen.ts";
import { prettyLine } from "./pretty-line.ts";

/** What `--log-level` takes. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;

/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Logs as JSON lines, or as readable lines on a terminal, above the progress that may stand there. */
export async function openLogger(level: LogLevel, screen: Screen): Promise<Logger> {
  // Not imported at the top: help and errors of usage must not wait for it.
  const { pino } = await import("pino");
  const logger: Logger = pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (line) => screen.write(screen.isTerminal ? prettyLine(line, screen.style) : line),
    },
  );
  return logger;
}
