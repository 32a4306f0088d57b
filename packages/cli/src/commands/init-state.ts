import { EXIT } from "../exit-codes.ts";
import { RekeyCommand } from "../rekey-command.ts";
import { oneLine } from "../terminal/plain-text.ts";

export default class InitState extends RekeyCommand {
  static override summary = "Make or upgrade what the state store needs.";
  static override description =
    "Creates the tables or the file in which jobs are kept, or upgrades those of an earlier version in place. Harmless when repeated.";
  static override examples = ["<%= config.bin %> <%= command.id %> --config config.yaml"];

  async run(): Promise<void> {
    const { flags } = await this.parse(InitState);
    await this.withEngine(flags, async ({ engine, interruption }) => {
      const { changes } = await engine.init(interruption.abort);
      this.show(
        flags,
        () => ({ changes }),
        () =>
          changes.length === 0 ? ["The state store is ready; nothing had to be done."] : changes.map(oneLine),
      );
      return EXIT.done;
    });
  }
}
