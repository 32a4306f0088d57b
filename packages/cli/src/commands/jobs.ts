import { EXIT } from "../exit-codes.ts";
import { jobsToJson } from "../json/jobs-json.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { jobsText } from "../text/jobs-text.ts";

export default class Jobs extends RekeyCommand {
  static override summary = "List the jobs of the state store, newest first.";
  static override examples = ["<%= config.bin %> <%= command.id %> --config config.yaml"];

  async run(): Promise<void> {
    const { flags } = await this.parse(Jobs);
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const jobs = await engine.jobs(interruption.abort);
      this.show(
        flags,
        () => jobsToJson(jobs),
        (style) => jobsText(jobs, style),
      );
      return EXIT.done;
    });
  }
}
