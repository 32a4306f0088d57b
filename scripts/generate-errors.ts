import { exitCodeOf } from "../packages/cli/dist/exit-codes.js";
import { CATALOGUE } from "../packages/core/dist/index.js";

const INTRODUCTION = `# Errors

Every error has a code, a message that says what failed and where, and a hint. Generated from the catalogue in \`packages/core\`.
With \`--json\` an error is \`{ error: { code, message, hint } }\`, and \`problems\` lists several that were found at once.`;

/** The reference of error codes. */
export async function errorReference(): Promise<string> {
  const pages = Object.entries(CATALOGUE).map(([code, { summary, hint, retryable }]) =>
    [
      `## ${code}`,
      summary,
      `**What to do:** ${hint}`,
      `Exit code ${exitCodeOf(code)}.${retryable ? " It is tried again for about a minute before it stops the run." : ""}`,
    ].join("\n\n"),
  );
  return `${[INTRODUCTION, ...pages].join("\n\n")}\n`;
}
