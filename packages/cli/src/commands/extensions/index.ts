import { EXIT } from "../../exit-codes.ts";
import { extensionsToJson } from "../../json/extensions-json.ts";
import { RekeyCommand } from "../../rekey-command.ts";
import { extensionsText } from "../../text/extensions-text.ts";

export default class Extensions extends RekeyCommand {
  static override summary = "List the providers, state stores, throttles and hooks that can be configured.";
  static override description =
    "Tells for each which package it is in and where that came from: this program, `plugins install`, or the project of the configuration file. Nothing is imported. The configuration file need not exist.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    {
      description: "Add a package, and use what it brings:",
      command: "<%= config.bin %> plugins install @acme/rekey-provider-vault",
    },
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(Extensions);
    const list = await this.deps.engines.extensions(flags.config);
    this.show(
      flags,
      () => extensionsToJson(list),
      (style) => extensionsText(list, style),
    );
    this.deps.setExitCode(EXIT.done);
  }
}
