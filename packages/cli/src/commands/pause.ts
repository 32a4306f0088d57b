import { EXIT } from "../exit-codes.ts";
import { jobIdFlag } from "../job-id-flag.ts";
import { statusToJson } from "../json/status-json.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { statusText } from "../text/status-text.ts";

export default class Pause extends RekeyCommand {
  static override summary = "Hold a job, on every worker of every process.";
  static override description =
    "Takes effect within a page. Workers stay and wait; `resume` lets them go on. Pause before a TRUNCATE.";
  static override examples = ["<%= config.bin %> <%= command.id %> --config config.yaml"];
  static override flags = { "job-id": jobIdFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Pause);
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const report = await engine.pause(flags["job-id"], interruption.abort);
      this.show(
        flags,
        () => statusToJson(report),
        (style, columns) => statusText(report, style, columns),
      );
      return EXIT.done;
    });
  }
}
