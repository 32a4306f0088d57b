import { open } from "node:fs/promises";
import { RekeyError } from "@cassandra-rekey/core";
import { Flags } from "@oclif/core";
import { EXIT } from "../../exit-codes.ts";
import { formatAmount } from "../../format/count.ts";
import { cellToJson } from "../../json/quarantine-json.ts";
import { quarantineJobFlag } from "../../quarantine-job-flag.ts";
import { RekeyCommand } from "../../rekey-command.ts";

export default class QuarantineExport extends RekeyCommand {
  static override summary = "Write a job's quarantine, primary keys included, to a file.";
  static override description =
    "One JSON object a line: table, column, key columns, reason, writetime. The file holds personal data: it is made readable for its owner alone, and never overwritten. Values are kept nowhere.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> --output quarantine.ndjson",
    {
      description: "Count by reason, with jq.",
      command: "jq -r .reason quarantine.ndjson | sort | uniq -c",
    },
  ];
  static override flags = {
    "job-id": quarantineJobFlag,
    output: Flags.string({ summary: "The file to write.", helpValue: "<file>", required: true }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(QuarantineExport);
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const { jobId, cells } = await engine.quarantine({
        jobId: flags["job-id"],
        signal: interruption.abort,
      });
      await using file = await openNew(flags.output);
      let count = 0;
      for await (const cell of cells) {
        await file.write(`${JSON.stringify(cellToJson(cell))}\n`);
        count += 1;
      }
      this.show(
        flags,
        () => ({ jobId, file: flags.output, cells: count }),
        () => [`Job ${jobId}: ${formatAmount(count, "quarantined cell")} written to ${flags.output}`],
      );
      return EXIT.done;
    });
  }
}

async function openNew(path: string) {
  try {
    return await open(path, "wx", 0o600);
  } catch (cause) {
    const { code } = cause as { code?: string };
    const reason = code === "EEXIST" ? "is there already" : `cannot be written (${code ?? "unknown"})`;
    throw new RekeyError("USAGE.INVALID", `the file ${path} ${reason}`, {
      hint: "Name another file with --output.",
      cause,
    });
  }
}
