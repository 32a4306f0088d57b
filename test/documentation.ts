import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

/** A fenced block of code. */
export interface Block {
  readonly page: string;
  readonly language: string;
  readonly text: string;
}

/** Every page of the repository, by its path from the root. */
export function pages(): readonly string[] {
  const exclude = (name: string) => /(^|\/)(node_modules|dist|coverage)$|CHANGELOG\.md$/.test(name);
  return [
    ...globSync("**/*.md", { cwd: ROOT, exclude }),
    ...globSync(".changeset/*.md", { cwd: ROOT }),
  ].sort();
}

/** The text of a file, by its path from the root. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const FENCE = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

/** The fenced blocks of a page, without their indentation. */
export function blocksOf(page: string): readonly Block[] {
  return [...read(page).matchAll(FENCE)].map(([, indent = "", language = "", text = ""]) => ({
    page,
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** What is wrong with the relative links of a page, one line each. */
export function brokenLinks(page: string): readonly string[] {
  const prose = read(page)
    .replaceAll(FENCE, "")
    .replaceAll(/`[^`\n]*`/g, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.flatMap((target) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(ROOT, resolve(ROOT, dirname(page), decodeURI(path)));
    if (!existsSync(join(ROOT, file))) return [`${page}: ${target}: there is no ${file}`];
    if (anchor === undefined || anchorsOf(file).has(anchor)) return [];
    return [`${page}: ${target}: ${file} has no heading for it`];
  });
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of headingsOf(page)) {
    const plain = heading.replaceAll(/[`*]|\]\([^)]*\)|\[/g, "").toLowerCase();
    const slug = plain.replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** The text of a page's headings, of one level or of all. */
export function headingsOf(page: string, level?: number): readonly string[] {
  const prose = read(page).replaceAll(FENCE, "");
  return [...prose.matchAll(/^(#+) (.+)$/gm)]
    .filter(([, marks = ""]) => level === undefined || marks.length === level)
    .map(([, , text = ""]) => text.trim());
}

/** The names in backticks that stand first in the rows of a page's tables. */
export function namesInTables(page: string): readonly string[] {
  return [...read(page).matchAll(/^\| `([^`]+)`\s+\|/gm)].map(([, name = ""]) => name);
}
