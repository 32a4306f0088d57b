import { EXIT } from "../exit-codes.ts";
import { jobIdFlag } from "../job-id-flag.ts";
import { statusToJson } from "../json/status-json.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { statusText } from "../text/status-text.ts";

export default class Resume extends RekeyCommand {
  static override summary = "Let a paused job go on.";
  static override description =
    "Workers that wait for the job go on by themselves. When none is there, start one with `run`.";
  static override examples = ["<%= config.bin %> <%= command.id %> --config config.yaml"];
  static override flags = { "job-id": jobIdFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(Resume);
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const report = await engine.resume(flags["job-id"], interruption.abort);
      this.show(
        flags,
        () => statusToJson(report),
        (style, columns) => statusText(report, style, columns),
      );
      return EXIT.done;
    });
  }
}
