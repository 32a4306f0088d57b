import { Flags } from "@oclif/core";
import { EXIT } from "../exit-codes.ts";
import { doctorToJson } from "../json/doctor-json.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { doctorText } from "../text/doctor-text.ts";

export default class Doctor extends RekeyCommand {
  static override summary = "Check everything that a run depends on, and write nothing.";
  static override description =
    "Checks the connection, the tables, the cluster's guardrails, permissions, clocks and keys, and opens a sample of real cells. Each check is OK, WARN or FAIL with a next step. Ends with 1 when any failed.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml",
    {
      description: "Estimate what a run would take, from 50 random places of each table.",
      command: "<%= config.bin %> <%= command.id %> --sample 50",
    },
    {
      description: "List what failed, with jq.",
      command: `<%= config.bin %> <%= command.id %> --json | jq '.checks[] | select(.level == "FAIL")'`,
    },
  ];

  static override flags = {
    sample: Flags.integer({
      summary:
        "Estimate rows, bytes, cells by key, duration and disk growth from this many random places of each table.",
      min: 1,
      max: 10_000,
      helpValue: "<n>",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    await this.withEngine(flags, async ({ engine, interruption, warnings }) => {
      this.showWarnings(flags, warnings);
      const report = await engine.doctor(interruption.abort, { sample: flags.sample });
      this.show(
        flags,
        () => doctorToJson(report),
        (style) => doctorText(report, style),
      );
      return report.ok ? EXIT.done : EXIT.found;
    });
  }
}
