import { Flags } from "@oclif/core";
import { EXIT } from "../../exit-codes.ts";
import { cellToJson, groupToJson } from "../../json/quarantine-json.ts";
import { groupQuarantine } from "../../quarantine-groups.ts";
import { quarantineJobFlag } from "../../quarantine-job-flag.ts";
import { RekeyCommand } from "../../rekey-command.ts";
import { quarantinedCells, quarantineText } from "../../text/quarantine-text.ts";

export default class QuarantineList extends RekeyCommand {
  static override summary = "Count what a job could not rekey, by column and reason.";
  static override description =
    "Primary keys are personal data: they are shown with --keys, and in no log. Values are kept nowhere.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml",
    {
      description: "With the primary keys.",
      command: "<%= config.bin %> <%= command.id %> --keys --limit 20",
    },
  ];
  static override flags = {
    "job-id": quarantineJobFlag,
    keys: Flags.boolean({ summary: "Show the cells, too, by their primary keys." }),
    limit: Flags.integer({
      summary: "Cells that --keys shows at most.",
      default: 100,
      min: 1,
      helpValue: "<n>",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(QuarantineList);
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const { jobId, cells } = await engine.quarantine({
        jobId: flags["job-id"],
        signal: interruption.abort,
      });
      const { groups, kept } = await groupQuarantine(cells, flags.keys ? flags.limit : 0);
      this.show(
        flags,
        () => ({
          jobId,
          count: groups.reduce((sum, group) => sum + group.cells, 0),
          groups: groups.map(groupToJson),
          ...(flags.keys && { cells: kept.map(cellToJson) }),
        }),
        (style) => [
          ...quarantineText(jobId, groups, style),
          ...(kept.length === 0 ? [] : ["", ...quarantinedCells(kept, style)]),
        ],
      );
      return EXIT.done;
    });
  }
}
