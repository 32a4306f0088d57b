import { Flags } from "@oclif/core";
import { EXIT } from "../exit-codes.ts";
import { planToJson } from "../json/plan-json.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { planText } from "../text/plan-text.ts";

export default class Rollback extends RekeyCommand {
  static override summary = "Plan the reverse of a job: back to the key that its cells were under.";
  static override description =
    "Stores a job over the same tables whose target is the previous key; `run --until-clean` carries it out. A job that is not finished is paused first. The reverse sweeps everything: what the job had not come to is found under the old key and stays as it is. Let the application write with the old key again before.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml --job-id 0b4f2f6e-6f7a-4a52-9d6f-0f6a5d1f3c11",
  ];
  static override flags = {
    "job-id": Flags.string({
      summary: "The job to take back.",
      helpValue: "<uuid>",
      required: true,
    }),
    to: Flags.string({
      summary:
        "The key version to go back to, or keyring=version; needed where a keyring has several previous keys.",
      helpValue: "<version>",
      multiple: true,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Rollback);
    await this.withEngine(flags, async ({ engine, interruption, warnings }) => {
      const planned = await engine.rollback({
        jobId: flags["job-id"],
        toVersions: flags.to ?? [],
        signal: interruption.abort,
      });
      const report = { ...planned, warnings: [...new Set([...warnings, ...planned.warnings])] };
      this.showWarnings(flags, report.warnings);
      this.show(
        flags,
        () => planToJson(report),
        (style) => [
          ...planText(report, style),
          this.next(flags, style, "run", "--until-clean", "--job-id", report.jobId),
        ],
      );
      return EXIT.done;
    });
  }
}
