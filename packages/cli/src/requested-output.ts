/** How errors are shown, as far as it can be told before, or although, the command line does not parse. */
export interface RequestedOutput {
  /** One JSON object on standard output instead of text. */
  readonly json: boolean;
  /** Stack traces and causes on standard error. */
  readonly trace: boolean;
}

/** Looks for `--json` and `--log-level debug` (or `trace`) before any `--`. */
export function requestedOutput(argv: readonly string[]): RequestedOutput {
  const end = argv.indexOf("--");
  const flags = end === -1 ? argv : argv.slice(0, end);
  const inline = flags.findLast((flag) => flag.startsWith("--log-level="))?.slice("--log-level=".length);
  const level = inline ?? flags[flags.lastIndexOf("--log-level") + 1];
  return {
    json: flags.includes("--json"),
    trace:
      (inline !== undefined || flags.includes("--log-level")) && (level === "debug" || level === "trace"),
  };
}
