import { Errors, type Hook } from "@oclif/core";

/** Refuses to look into a plugin that is not there, which `plugins inspect` itself takes for a defect. */
const prerun: Hook<"prerun"> = async ({ Command, argv, config }) => {
  if (Command.id !== "plugins:inspect") return;
  const installed = new Set(config.getPluginsList().map(({ name }) => name));
  const missing = argv.find((word) => !word.startsWith("-") && word !== "." && !installed.has(word));
  if (missing === undefined) return;
  throw new Errors.CLIError(`The plugin "${missing}" is not installed.`, {
    exit: 2,
    suggestions: [
      `\`${config.bin} plugins --core\` lists those that are; \`${config.bin} plugins install ${missing}\` installs it`,
    ],
  });
};

export default prerun;
