import type { StatusReport } from "@cassandra-rekey/engine";
import { Flags } from "@oclif/core";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { jobIdFlag } from "../job-id-flag.ts";
import { statusToJson } from "../json/status-json.ts";
import { RekeyCommand, type Session } from "../rekey-command.ts";
import { statusText } from "../text/status-text.ts";
import { watchStatus } from "../watch-status.ts";

export default class Status extends RekeyCommand {
  static override summary = "Show how far a job is, who works on it, and what holds it back.";
  static override description =
    "With --watch it is shown again and again until the job is done or has failed; then it ends with 1 if chunks failed or the quarantine is not empty.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml",
    "<%= config.bin %> <%= command.id %> --watch",
    {
      description: "Rows rekeyed so far, with jq.",
      command: "<%= config.bin %> <%= command.id %> --json | jq '[.tables[].rows.rekeyed] | add'",
    },
  ];
  static override flags = {
    "job-id": jobIdFlag,
    watch: Flags.boolean({ summary: "Go on showing it until the job has ended." }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    await this.withEngine(flags, async (session) => {
      const report = flags.watch
        ? await this.#watch(flags, session)
        : await session.engine.status(flags["job-id"], session.interruption.abort);
      if (report === undefined) return EXIT.done;
      if (flags.json || !flags.watch || !this.deps.stdout.isTerminal) {
        this.show(
          flags,
          () => statusToJson(report),
          (style, columns) => statusText(report, style, columns),
        );
      }
      return flags.watch ? exitAfterWatch(report) : EXIT.done;
    });
  }

  #watch(
    flags: { readonly json: boolean; readonly "job-id"?: string | undefined },
    { engine, interruption }: Session,
  ): Promise<StatusReport | undefined> {
    return watchStatus({
      read: (jobId, signal) => engine.status(jobId, signal),
      jobId: flags["job-id"],
      screen: flags.json ? undefined : this.deps.stdout,
      sleep: this.deps.sleep,
      nowMs: this.deps.nowMs,
      signal: interruption.abort,
    });
  }
}

function exitAfterWatch(report: StatusReport): ExitCode {
  return report.state === "failed" || report.quarantined > 0 ? EXIT.found : EXIT.done;
}
