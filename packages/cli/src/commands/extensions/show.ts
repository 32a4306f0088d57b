import { Args, Flags } from "@oclif/core";
import { EXIT } from "../../exit-codes.ts";
import { extensionToJson, KIND_WORDS, kindOf } from "../../json/extensions-json.ts";
import { openLogger } from "../../logging/stderr-logger.ts";
import { RekeyCommand } from "../../rekey-command.ts";
import { extensionText } from "../../text/extension-text.ts";

export default class ExtensionsShow extends RekeyCommand {
  static override summary = "Show what an extension is, its options, and an example of its use.";
  static override description =
    "Imports the one package that has it, if plugins.allow lets it be imported. The options come from its own schema.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> fernet",
    "<%= config.bin %> <%= command.id %> cassandra --kind state-store --json",
  ];
  static override args = {
    name: Args.string({ required: true, description: "Name of the extension, as a configuration has it." }),
  };
  static override flags = {
    kind: Flags.option({ options: KIND_WORDS })({
      summary: "Kind of the extension, where two kinds share a name.",
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ExtensionsShow);
    const { engines, stderr, setExitCode } = this.deps;
    const logger = await openLogger(flags["log-level"], stderr);
    const kind = flags.kind === undefined ? undefined : kindOf(flags.kind);
    const shown = await engines.extension(flags.config, args.name, kind, logger);
    this.show(
      flags,
      () => extensionToJson(shown),
      (style) => extensionText(shown, style),
    );
    setExitCode(EXIT.done);
  }
}
