export type { CommandDependencies } from "./command-dependencies.ts";
export { EXIT, type ExitCode } from "./exit-codes.ts";
export { main } from "./main.ts";
export { type CommonFlags, RekeyCommand, type Session } from "./rekey-command.ts";
