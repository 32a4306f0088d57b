import { Flags } from "@oclif/core";
import { EXIT } from "../exit-codes.ts";
import { planToJson } from "../json/plan-json.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { planText } from "../text/plan-text.ts";

export default class Plan extends RekeyCommand {
  static override summary = "Cut the configured tables into chunks and store a job over them.";
  static override description =
    "Checks the tables' schemas and remembers them, divides the token ring into chunks for each table, and stores the job. No row is read or written.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml",
    {
      description: "Keep the job's id for a script.",
      command: "JOB=$(<%= config.bin %> <%= command.id %> --json | jq -r .jobId)",
    },
  ];

  static override flags = {
    "job-id": Flags.string({
      summary: "The id that the job is to have: a UUID that no job has yet. A new one when left out.",
      helpValue: "<uuid>",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Plan);
    await this.withEngine(flags, async ({ engine, interruption, warnings }) => {
      const planned = await engine.plan({ jobId: flags["job-id"], signal: interruption.abort });
      const report = { ...planned, warnings: [...new Set([...warnings, ...planned.warnings])] };
      this.showWarnings(flags, report.warnings);
      this.show(
        flags,
        () => planToJson(report),
        (style) => [...planText(report, style), this.next(flags, style, "run", "--job-id", report.jobId)],
      );
      return EXIT.done;
    });
  }
}
