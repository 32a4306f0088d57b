import { RekeyError } from "@cassandra-rekey/core";
import type { RunReport } from "@cassandra-rekey/engine";
import { Flags } from "@oclif/core";
import { jobIdFlag } from "../job-id-flag.ts";
import { runToJson } from "../json/run-json.ts";
import { carryOut, exitOf } from "../long-run.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { runText } from "../text/run-text.ts";
import { workersFlag } from "../workers-flag.ts";

export default class Run extends RekeyCommand {
  static override summary = "Carry out a planned job, or go on with one.";
  static override description =
    `Any number of processes may run the same job: they share its chunks. Ctrl-C (or SIGTERM, or a terminal that hangs up) finishes the pages in hand, stores the progress and gives the chunks back; a second Ctrl-C stops at once. Run again to go on.

With --until-clean it sweeps again until a whole sweep found nothing to rewrite, at most execution.max_sweeps times. Each sweep is a job of its own; start every process with the same flag, and they go on together.

Ends with 0 when all is done, 1 when cells are left in quarantine or under a previous key, 3 when a table changed since it was planned, 130 when interrupted.`;
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml --workers 16",
    {
      description: "Read, decrypt and encrypt everything, write nothing, and estimate the real run.",
      command: "<%= config.bin %> <%= command.id %> --dry-run",
    },
  ];
  static override flags = {
    "job-id": jobIdFlag,
    workers: workersFlag,
    "dry-run": Flags.boolean({
      summary: "Read, decrypt and encrypt, but write nothing to the tables.",
      allowNo: true,
    }),
    "until-clean": Flags.boolean({
      summary: "Sweep again until a whole sweep found nothing to rewrite.",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Run);
    await this.withEngine(
      flags,
      async ({ engine, interruption, dryRun, warnings }) => {
        this.showWarnings(flags, warnings);
        const dry = flags["dry-run"] ?? dryRun;
        const untilClean = flags["until-clean"];
        if (dry && untilClean)
          throw new RekeyError("USAGE.INVALID", "a dry run writes nothing, so it never becomes clean", {
            hint: "Leave out --until-clean, or add --no-dry-run.",
          });
        const words = ["run", "--config", flags.config, ...(dry ? ["--dry-run"] : [])];
        if (untilClean) words.push("--until-clean");
        const report = await carryOut<RunReport>({
          request: { jobId: flags["job-id"], workers: flags.workers, untilClean },
          interruption,
          stderr: this.deps.stderr,
          json: flags.json,
          nowMs: this.deps.nowMs,
          carryOut: (request) => (dry ? engine.dryRun(request) : engine.run(request)),
          onJob: (jobId) => this.rememberJob([...words, "--job-id", jobId]),
        });
        this.rememberJob([...words, "--job-id", report.jobId]);
        this.show(
          flags,
          () => runToJson(report),
          (style, columns) => [
            ...runText(report, style, columns),
            ...(report.outcome === "done"
              ? [this.next(flags, style, ...nextStep(report, flags["job-id"]))]
              : []),
          ],
        );
        if (report.outcome === "interrupted") this.sayHowToGoOn();
        return exitOf(
          report.outcome,
          report.quarantined > 0 ||
            (report.kind === "rekey" && report.young > 0) ||
            report.sweeps?.clean === false,
        );
      },
      { graceful: true },
    );
  }
}

/** What follows. A dry run is a job of its own, and goes by the plan of the one that was named, unless it was named itself. */
function nextStep({ kind, jobId }: RunReport, named: string | undefined): readonly string[] {
  if (kind !== "dry-run") return ["verify"];
  return named === undefined || named === jobId ? ["run"] : ["run", "--job-id", named];
}
