import { EXIT } from "../../exit-codes.ts";
import { formatAmount, formatCount } from "../../format/count.ts";
import { quarantineJobFlag } from "../../quarantine-job-flag.ts";
import { RekeyCommand } from "../../rekey-command.ts";

export default class QuarantineRetry extends RekeyCommand {
  static override summary = "Try a job's quarantine again, with the keys as they are configured now.";
  static override description =
    "For after a key was added under `previous`. Reads each quarantined row by its primary key, rekeys what opens now, reads it again, and forgets what is under the target key or gone. The rest stays as it is. Ends with 1 when something is left.";
  static override examples = ["<%= config.bin %> <%= command.id %> --config config.yaml"];
  static override flags = { "job-id": quarantineJobFlag };

  async run(): Promise<void> {
    const { flags } = await this.parse(QuarantineRetry);
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const report = await engine.retryQuarantine({
        jobId: flags["job-id"],
        signal: interruption.abort,
      });
      const { jobId, tried, rekeyed, gone, left } = report;
      this.show(
        flags,
        () => report,
        (style) => [
          `Job ${jobId}: ${formatAmount(tried, "cell")} tried again: ${formatCount(rekeyed)} rekeyed, ${formatCount(gone)} gone, ${formatCount(left)} left in quarantine`,
          ...(left > 0 ? [this.next(flags, style, "quarantine", "list", "--job-id", jobId)] : []),
        ],
      );
      return left > 0 ? EXIT.found : EXIT.done;
    });
  }
}
