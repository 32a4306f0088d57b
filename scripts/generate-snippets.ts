import { globSync, readFileSync } from "node:fs";

/** `<!-- snippet: docs/snippets/x.ts -->`, an empty line, and the fenced block that shows the file. */
const SNIPPET = /(<!-- snippet: (\S+) -->\n\n?```(\w+)\n)([\s\S]*?)(^```$)/gm;

/** Every page of the repository that shows a snippet, with a function that gives it the file's present text. */
export function pagesWithSnippets(): Readonly<Record<string, () => Promise<string>>> {
  const pages = globSync("**/*.md", { exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) });
  return Object.fromEntries(
    pages
      .filter((page) => readFileSync(page, "utf8").includes("<!-- snippet: "))
      .sort()
      .map((page) => [page, async () => withSnippets(readFileSync(page, "utf8"))]),
  );
}

/** The page with each snippet as its file has it now. */
function withSnippets(text: string): string {
  return text.replaceAll(SNIPPET, (_, head: string, file: string, _language, _old, end: string) => {
    return `${head}${readFileSync(file, "utf8").trimEnd()}\n${end}`;
  });
}
