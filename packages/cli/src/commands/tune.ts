import { hostname, userInfo } from "node:os";
import { type ControlChange, MOST_IN_FLIGHT, MOST_WORKERS, RekeyError } from "@cassandra-rekey/core";
import { Flags } from "@oclif/core";
import { EXIT } from "../exit-codes.ts";
import { jobIdFlag } from "../job-id-flag.ts";
import { tuneToJson } from "../json/tune-json.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { tuneText } from "../text/tune-text.ts";

/** A number, or `null` for `default`. */
function setting(name: string, summary: string, { whole, most }: { whole: boolean; most: number }) {
  return Flags.custom<number | null>({
    summary: `${summary} \`default\`: as configured.`,
    helpValue: "<n>",
    parse: async (text) => {
      if (text === "default") return null;
      const value = /^\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
      if (value > 0 && value <= most && (!whole || Number.isInteger(value))) return value;
      const kind = whole ? "a whole number from 1" : "a number above 0,";
      throw new RekeyError("USAGE.INVALID", `--${name} must be ${kind} to ${most}, or default`);
    },
  })();
}

export default class Tune extends RekeyCommand {
  static override summary = "Change how hard a job works while it runs, on every worker of every process.";
  static override description =
    "Takes effect within two seconds, holds for processes that join later, and is recorded with who and when. What is left out stays as it is; without any setting the present ones are shown. The tightest limit applies: a configured throttle is not overruled.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --max-rows-per-second 2000 --workers 4",
    "<%= config.bin %> <%= command.id %> --max-rows-per-second default",
    {
      description: "What is set now, and who set it.",
      command: "<%= config.bin %> <%= command.id %>",
    },
  ];
  static override flags = {
    "job-id": jobIdFlag,
    workers: setting("workers", "Chunks that each process works on at a time.", {
      whole: true,
      most: MOST_WORKERS,
    }),
    "max-rows-per-second": setting(
      "max-rows-per-second",
      "Rows a second for the whole job, shared by the workers of all processes.",
      { whole: false, most: 1e9 },
    ),
    "threshold-ms": setting(
      "threshold-ms",
      "Latency above which throttles that go by one give way, in milliseconds.",
      { whole: false, most: 600_000 },
    ),
    "max-in-flight": setting("max-in-flight", "Requests to the tables in flight, for each process.", {
      whole: true,
      most: MOST_IN_FLIGHT,
    }),
    by: Flags.string({
      summary: "Who asks for it, for the record; user and host when left out.",
      helpValue: "<name>",
      parse: async (text) => {
        if (text.trim() !== "") return text;
        throw new RekeyError("USAGE.INVALID", "--by must not be empty");
      },
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Tune);
    const change = changeFrom({
      workers: flags.workers,
      maxRowsPerSecond: flags["max-rows-per-second"],
      thresholdMs: flags["threshold-ms"],
      maxInFlight: flags["max-in-flight"],
    });
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const report = await engine.tune({
        jobId: flags["job-id"],
        change,
        by: (flags.by ?? whoAsks()).slice(0, 200),
        signal: interruption.abort,
      });
      this.show(
        flags,
        () => tuneToJson(report),
        (style) => tuneText(report, style),
      );
      return EXIT.done;
    });
  }
}

function changeFrom(flags: Readonly<Record<keyof ControlChange, number | null | undefined>>): ControlChange {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function whoAsks(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // A container's user may have no name.
    return `uid ${process.getuid?.() ?? "unknown"}@${hostname()}`;
  }
}
