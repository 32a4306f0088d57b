import type { Logger } from "@cassandra-rekey/core";
import type { Engine } from "@cassandra-rekey/engine";
import { Command, type Config, Flags } from "@oclif/core";
import { type CommandDependencies, processDependencies } from "./command-dependencies.ts";
import type { OpenedEngine } from "./engine-access.ts";
import { describeError, errorToJson } from "./error-report.ts";
import { errorText, traceText } from "./error-text.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { underName } from "./format/program-name.ts";
import { shellCommand } from "./format/shell-command.ts";
import { Interruption } from "./interruption.ts";
import { LOG_LEVELS, type LogLevel, openLogger } from "./logging/stderr-logger.ts";
import { requestedOutput } from "./requested-output.ts";
import { plainText } from "./terminal/plain-text.ts";
import type { Style } from "./terminal/style.ts";

/** The flags that every command takes. */
export interface CommonFlags {
  readonly config: string;
  readonly json: boolean;
  readonly "log-level": LogLevel;
}

/** What a command works with while the engine is open. */
export interface Session extends OpenedEngine {
  readonly engine: Engine;
  readonly logger: Logger;
  readonly interruption: Interruption;
}

/**
 * The base of all commands: common flags, an engine that is opened and closed, signals, one result on standard
 * output, and errors with their exit codes.
 */
export abstract class RekeyCommand extends Command {
  static override baseFlags = {
    config: Flags.string({
      summary: "Path of the configuration file.",
      default: "config.yaml",
      env: "REKEY_CONFIG",
      helpGroup: "COMMON",
      helpValue: "<file>",
    }),
    json: Flags.boolean({
      summary: "Print one JSON object at the end, errors included, and nothing else on standard output.",
      helpGroup: "COMMON",
    }),
    "log-level": Flags.option({ options: LOG_LEVELS })({
      summary: "Lowest level of the log on standard error (JSON lines when it is not a terminal).",
      default: "warn",
      helpGroup: "COMMON",
    }),
  };

  protected readonly deps: CommandDependencies;
  #goOnWith: string | undefined;

  constructor(argv: string[], config: Config, deps: CommandDependencies = processDependencies(config)) {
    super(argv, config);
    this.deps = deps;
  }

  /** Opens the engine for `use`, closes it whatever happens, and ends with the exit code that `use` returns. */
  protected async withEngine(
    flags: CommonFlags,
    use: (session: Session) => Promise<ExitCode>,
    { graceful = false }: { readonly graceful?: boolean } = {},
  ): Promise<void> {
    const { engines, stderr, signals, quit, setExitCode } = this.deps;
    using interruption = new Interruption(signals, {
      graceful,
      say: (text) => stderr.write(`${text}\n`),
      quit: () => {
        // Nothing will come back from the engine to be reported.
        void this.catch(interruption.abort.reason);
        quit(EXIT.interrupted);
      },
    });
    const logger = await openLogger(flags["log-level"], stderr);
    const opened = await engines.open(flags.config, logger);
    await using engine = opened.engine;
    setExitCode(await use({ ...opened, engine, logger, interruption }));
  }

  /** Prints the result: the JSON object or the text, whichever was asked for. */
  protected show(
    flags: CommonFlags,
    json: () => object,
    text: (style: Style, columns: number | undefined) => readonly string[],
  ): void {
    const { stdout } = this.deps;
    const lines = () => underName(text(stdout.style, stdout.columns).join("\n"), this.config.bin);
    stdout.write(`${flags.json ? JSON.stringify(json()) : lines()}\n`);
  }

  /** Prints warnings on standard error; not with `--json`, whose reader looks at standard output alone. */
  protected showWarnings(flags: CommonFlags, warnings: readonly string[]): void {
    if (flags.json) return;
    const { stderr } = this.deps;
    for (const warning of warnings) {
      stderr.write(`${stderr.style("yellow", "Warning")}: ${plainText(warning)}\n`);
    }
  }

  /** A command line of this program with the same configuration. */
  protected commandLine(flags: CommonFlags, ...words: readonly string[]): string {
    const flagsFrom = words.findIndex((word) => word.startsWith("-"));
    const command = flagsFrom < 0 ? words : words.slice(0, flagsFrom);
    const rest = words.slice(command.length);
    return shellCommand([this.config.bin, ...command, "--config", flags.config, ...rest]);
  }

  /** The command that comes next, as a line of a result. */
  protected next(flags: CommonFlags, style: Style, ...words: readonly string[]): string {
    return `${style("bold", "Next")}: ${this.commandLine(flags, ...words)}`;
  }

  /** Keeps the words after the program's name that go on with this job, should it be interrupted. */
  protected rememberJob(words: readonly string[]): void {
    this.#goOnWith = `To go on: ${shellCommand([this.config.bin, ...words])}`;
  }

  /** Says how to go on with the job that was interrupted. */
  protected sayHowToGoOn(): void {
    if (this.#goOnWith !== undefined) this.deps.stderr.write(`${this.#goOnWith}\n`);
  }

  protected override async catch(error: Error): Promise<void> {
    // Flags that do not parse are reported below; oclif need not ask whether parsing was forgotten.
    this.parsed = true;
    const { stdout, stderr, setExitCode } = this.deps;
    const { json, trace } = requestedOutput(this.argv);
    const described = describeError(error, trace);
    const report =
      described.code === "INTERRUPTED" && this.#goOnWith !== undefined
        ? { ...described, hint: this.#goOnWith }
        : { ...described, hint: underName(described.hint, this.config.bin) };
    stderr.release();
    if (json) stdout.write(`${JSON.stringify(errorToJson(report))}\n`);
    else stderr.write(errorText(report, stderr.style));
    if (trace) stderr.write(traceText(error));
    setExitCode(exitCodeOf(report.code));
  }
}
