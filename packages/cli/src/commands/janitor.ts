import { Flags } from "@oclif/core";
import { EXIT } from "../exit-codes.ts";
import { formatAmount } from "../format/count.ts";
import { jobIdFlag } from "../job-id-flag.ts";
import { RekeyCommand } from "../rekey-command.ts";

export default class Janitor extends RekeyCommand {
  static override summary = "Return abandoned chunks to pending.";
  static override description =
    "A run does this by itself for chunks whose lease has run out. The janitor also frees chunks that nobody has touched for a while, such as those of a Python process that died.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml --stuck-after-seconds 600",
  ];
  static override flags = {
    "job-id": jobIdFlag,
    "stuck-after-seconds": Flags.integer({
      summary:
        "Idle time after which a running chunk is abandoned; execution.stuck_chunk_seconds (600) when left out.",
      min: 0,
      helpValue: "<n>",
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Janitor);
    await this.withEngine(flags, async ({ engine, interruption, stuckAfterSeconds }) => {
      const { jobId, reclaimed } = await engine.janitor({
        jobId: flags["job-id"],
        stuckAfterSeconds: flags["stuck-after-seconds"] ?? stuckAfterSeconds,
        signal: interruption.abort,
      });
      this.show(
        flags,
        () => ({ jobId, reclaimed }),
        () => [`Job ${jobId}: ${formatAmount(reclaimed, "abandoned chunk")} returned to pending.`],
      );
      return EXIT.done;
    });
  }
}
