import { EXIT } from "../../exit-codes.ts";
import { openLogger } from "../../logging/stderr-logger.ts";
import { RekeyCommand } from "../../rekey-command.ts";

export default class ConfigCheck extends RekeyCommand {
  static override summary =
    "Check a configuration file with the options of its plugins; the cluster is not touched.";
  static override description =
    "Reports every problem at once, each with its path and line, and ends with 2 when there are any.";
  static override examples = ["<%= config.bin %> <%= command.id %> --config config.yaml"];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigCheck);
    const { engines, stderr, setExitCode } = this.deps;
    const warnings = await engines.check(flags.config, await openLogger(flags["log-level"], stderr));
    this.showWarnings(flags, warnings);
    this.show(
      flags,
      () => ({ ok: true, warnings }),
      (style) => [`${flags.config}: ${style("green", "no problems")}`],
    );
    setExitCode(EXIT.done);
  }
}
