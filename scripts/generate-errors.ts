import { CATALOGUE } from "../packages/core/dist/index.js";

/** The reference of error codes. */
export async function errorReference(): Promise<string> {
  const pages = Object.entries(CATALOGUE).map(
    ([code, { summary, hint }]) => `## ${code}\n\n${summary}\n\n**What to do:** ${hint}\n`,
  );
  return `# Errors\n\nEvery error has a code, a message that says what failed and where, and a hint. Generated from the catalogue in \`packages/core\`.\n\n${pages.join("\n")}`;
}
