import type { VerifyReport } from "@cassandra-rekey/engine";
import { Flags } from "@oclif/core";
import { verifyToJson } from "../json/verify-json.ts";
import { carryOut, exitOf } from "../long-run.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { verifyText } from "../text/verify-text.ts";
import { workersFlag } from "../workers-flag.ts";

export default class Verify extends RekeyCommand {
  static override summary = "Count what each key version protects, and write nothing to the tables.";
  static override description =
    `Reads every configured cell once and tells from the ciphertext which key it is under. Then lists what else still holds old ciphertext of the tables, with the command for each.

--per-replica asks each replica of the local data centre alone, and so finds those that missed writes. --heal reads at ALL instead: the cluster mends what is behind on the way, and nothing is found. Ends with 0 when all cells are under the target key, 1 when any is not or a repair is needed first, 130 when interrupted.`;
  static override examples = [
    "<%= config.bin %> <%= command.id %> --config config.yaml",
    {
      description: "Find the replicas that still hold old ciphertext.",
      command: "<%= config.bin %> <%= command.id %> --per-replica",
    },
    {
      description: "Go on with a verification that was interrupted.",
      command: "<%= config.bin %> <%= command.id %> --job-id 0b4f2f6e-6f7a-4a52-9d6f-0f6a5d1f3c11",
    },
  ];
  static override flags = {
    "job-id": Flags.string({
      summary: "Go on with this interrupted verification instead of starting one.",
      helpValue: "<uuid>",
    }),
    "per-replica": Flags.boolean({
      summary: "Read each replica of the local data centre alone, at ONE.",
    }),
    heal: Flags.boolean({
      summary: "Read at ALL, so that replicas which are behind are mended.",
      exclusive: ["per-replica"],
    }),
    workers: workersFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Verify);
    await this.withEngine(
      flags,
      async ({ engine, interruption }) => {
        const words = ["verify", "--config", flags.config, "--job-id"];
        const report = await carryOut<VerifyReport>({
          request: { jobId: flags["job-id"], workers: flags.workers },
          interruption,
          stderr: this.deps.stderr,
          json: flags.json,
          nowMs: this.deps.nowMs,
          carryOut: (request) =>
            engine.verify({ ...request, perReplica: flags["per-replica"], heal: flags.heal }),
          onJob: (jobId) => this.rememberJob([...words, jobId]),
        });
        this.rememberJob([...words, report.jobId]);
        this.show(
          flags,
          () => verifyToJson(report),
          (style) => verifyText(report, style),
        );
        if (report.outcome === "interrupted") this.sayHowToGoOn();
        return exitOf(report.outcome, !report.clean || report.repairs.length > 0);
      },
      { graceful: true },
    );
  }
}
