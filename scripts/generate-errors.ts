import { exitCodeOf } from "../packages/cli/dist/exit-codes.js";
import { CATALOGUE } from "../packages/core/dist/index.js";

const INTRODUCTION = `# Errors

Every error has a code, a message that says what failed and where, and a hint. Generated from the catalogue in \`packages/core\`.
With \`--json\` an error is \`{ error: { code, message, hint } }\`, and \`problems\` lists several that were found at once.`;

/** The reference of error codes. */
/** What a run does about an error that passes. */
function patienceWith(code: string): string {
  if (code === "KEY.UNAVAILABLE")
    return "A run waits for as long as `execution.max_key_outage_seconds` says (a day) before it stops; at the start of a command it is not waited for.";
  return "It is tried again for about a minute before it stops the run.";
}

export async function errorReference(): Promise<string> {
  const pages = Object.entries(CATALOGUE).map(([code, { summary, hint, retryable }]) =>
    [
      `## ${code}`,
      summary,
      `**What to do:** ${hint}`,
      `Exit code ${exitCodeOf(code)}.${retryable ? ` ${patienceWith(code)}` : ""}`,
    ].join("\n\n"),
  );
  return `${[INTRODUCTION, ...pages].join("\n\n")}\n`;
}
