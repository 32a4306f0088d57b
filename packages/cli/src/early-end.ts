import { RekeyError } from "@cassandra-rekey/core";
import { EXIT } from "./exit-codes.ts";

/** What of the process is watched. */
export interface EndingProcess {
  exitCode?: number | string | null | undefined;
  once(event: "beforeExit" | "exit", listener: () => void): unknown;
  exit(): void;
}

/**
 * Sees to it that a process does not end as if its command had been carried out: other people's code runs in it, which may
 * end it, or wait for what never comes until nothing is left that could wake the process up. `show` sets the exit code.
 * Returns what has to be called when the command has ended.
 */
export function watchForEarlyEnd(ending: EndingProcess, show: (error: RekeyError) => void): () => void {
  let ended = false;
  const tooEarly = (what: string) => {
    ended = true;
    show(
      new RekeyError("INTERNAL.INVARIANT", `The command has not come to its end: ${what}.`, {
        hint: "Run it again without the plugin that was added last; tell its author.",
      }),
    );
  };
  ending.once("beforeExit", () => {
    if (ended) return;
    tooEarly("something, probably a plugin, waits for an answer that can never come");
    ending.exit();
  });
  ending.once("exit", () => {
    // A second Ctrl-C ends it on purpose.
    if (ended || ending.exitCode === EXIT.interrupted) return;
    tooEarly("something, probably a plugin, ended the process");
  });
  return () => {
    ended = true;
  };
}
