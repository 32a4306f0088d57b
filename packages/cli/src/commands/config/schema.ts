import { EXIT } from "../../exit-codes.ts";
import { RekeyCommand } from "../../rekey-command.ts";

export default class ConfigSchema extends RekeyCommand {
  static override summary = "Print the JSON Schema of the whole configuration, options of plugins included.";
  static override description =
    "Editors complete and check config.yaml with it. The configuration file need not exist; plugins of its project are included.";
  static override examples = [
    "<%= config.bin %> <%= command.id %> > rekey.schema.json",
    {
      description: "Then, as the first line of config.yaml:",
      command: "# yaml-language-server: $schema=rekey.schema.json",
    },
  ];

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigSchema);
    const schema = await this.deps.engines.schema(flags.config);
    this.show(
      flags,
      () => schema,
      () => [JSON.stringify(schema, null, 2)],
    );
    this.deps.setExitCode(EXIT.done);
  }
}
